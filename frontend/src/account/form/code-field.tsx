"use client";

import { useTranslations } from "use-intl";

import { Field } from "@/ui/field";

/** A code of the second factor: of the authenticator app, or a recovery code. Shown once the server has asked for it. */
export function CodeField({ error }: { error?: string }) {
  const t = useTranslations("account.fields");
  return (
    <Field
      label={t("code")}
      name="code"
      hint={t("codeHint")}
      error={error}
      autoComplete="one-time-code"
      autoCapitalize="characters"
      spellCheck={false}
      maxLength={40}
    />
  );
}
