"use client";

import { useTranslations } from "use-intl";

import { CodeField } from "@/account/form/code-field";
import { PasswordField } from "@/account/form/fields";
import { checkPassword, faultsOf, useWording } from "@/account/form/refusal";
import { useSubmission } from "@/account/form/use-submission";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

/** What confirms a change: the password, where there is one, and a code where the second factor is on. */
export type Proof = { password?: string; code?: string };

type Props = {
  email: string;
  hasPassword: boolean;
  submit: string;
  danger: boolean;
  send: (proof: Proof) => Promise<void>;
  cancel: () => void;
};

/** Asks for the password before a change of the second factor; the code only when the server asks for it. */
export function ProofForm({ email, hasPassword, submit, danger, send, cancel }: Props) {
  const t = useTranslations();
  const word = useWording();
  const { faults, busy, needsCode, formProps } = useSubmission({
    fieldNames: hasPassword ? (["password", "code"] as const) : (["code"] as const),
    check: ({ password }) => faultsOf(hasPassword ? { password: checkPassword(password) } : {}),
    send: ({ password, code }) => send({ ...(hasPassword && { password }), ...(code !== "" && { code }) }),
  });
  return (
    <form {...formProps} className="flex max-w-md flex-col gap-4 border-t border-line pt-4">
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      {faults.form && <Notice tone="danger">{word(faults.form)}</Notice>}
      {hasPassword && (
        <PasswordField
          label={t("account.fields.currentPassword")}
          name="password"
          autoComplete="current-password"
          error={word(faults.fields.password)}
        />
      )}
      {needsCode && <CodeField error={word(faults.fields.code)} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look={danger ? "danger" : "primary"} aria-disabled={busy}>
          {submit}
        </Button>
        <Button onClick={cancel}>{t("common.actions.cancel")}</Button>
      </div>
    </form>
  );
}
