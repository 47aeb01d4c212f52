"use client";

import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import { Field } from "@/ui/field";

type Props = {
  /** What is wrong with the address; announced with the field. */
  error?: string;
  /** What helps with the fault, under the field. */
  help?: ReactNode;
};

/** The e-mail address of an account, which password managers take for the user's name. */
export function EmailField({ error, help }: Props) {
  const t = useTranslations("account.fields");
  return (
    <div>
      <Field
        label={t("email")}
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        error={error}
      />
      {error !== undefined && help}
    </div>
  );
}
