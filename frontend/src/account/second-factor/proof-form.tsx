"use client";

import { useTranslations } from "use-intl";

import { ProofFields } from "@/account/form/proof-fields";
import { checkPassword, faultsOf } from "@/account/form/refusal";
import { useSubmission } from "@/account/form/use-submission";
import { Button } from "@/ui/button";

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
  const { faults, busy, needsCode, formProps } = useSubmission({
    fieldNames: hasPassword ? (["password", "code"] as const) : (["code"] as const),
    check: ({ password }) => faultsOf(hasPassword ? { password: checkPassword(password) } : {}),
    send: ({ password, code }) => send({ ...(hasPassword && { password }), ...(code !== "" && { code }) }),
  });
  return (
    <form {...formProps} className="flex max-w-md flex-col gap-4 border-t border-line pt-4">
      <ProofFields email={email} hasPassword={hasPassword} needsCode={needsCode} faults={faults} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look={danger ? "danger" : "primary"} aria-disabled={busy}>
          {submit}
        </Button>
        <Button onClick={cancel}>{t("common.actions.cancel")}</Button>
      </div>
    </form>
  );
}
