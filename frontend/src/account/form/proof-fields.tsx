"use client";

import { useTranslations } from "use-intl";

import { Notice } from "@/ui/notice";

import { CodeField } from "./code-field";
import { PasswordField } from "./fields";
import { useWording, type Faults } from "./refusal";

type Props = { email: string; hasPassword: boolean; needsCode: boolean; faults: Faults };

/** The fields that confirm a change: the password, where there is one, and the code of a second factor that is on. */
export function ProofFields({ email, hasPassword, needsCode, faults }: Props) {
  const t = useTranslations("account.fields");
  const word = useWording();
  return (
    <>
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      {faults.form && <Notice tone="danger">{word(faults.form)}</Notice>}
      {hasPassword && (
        <PasswordField
          label={t("currentPassword")}
          name="password"
          autoComplete="current-password"
          error={word(faults.fields.password)}
        />
      )}
      {needsCode && <CodeField error={word(faults.fields.code)} />}
    </>
  );
}
