"use client";

import { useSearchParams } from "next/navigation";
import { useTranslations } from "use-intl";

import { CodeField } from "@/account/form/code-field";
import { PasswordField } from "@/account/form/fields";
import { checkPassword, faultsOf, useWording } from "@/account/form/refusal";
import { useSubmission } from "@/account/form/use-submission";
import { api, unwrap } from "@/api/client";
import { failureOfCode } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { Button, ButtonLink } from "@/ui/button";
import { Notice } from "@/ui/notice";

/** What a sign-in through the sign-in service still needs, as the address says; null without one. */
export function useProviderProof(): "link" | "code" | null {
  const wanted = useSearchParams().get("proof");
  return wanted === "link" || wanted === "code" ? wanted : null;
}

/** Leads to the sign-in service of this server, and from there to `next`. */
export function ProviderButton({ name, next }: { name: string; next: string }) {
  const t = useTranslations("account.provider");
  return (
    <ButtonLink href={`/api/auth/oidc/start?${new URLSearchParams({ next })}`}>
      {t("continue", { name })}
    </ButtonLink>
  );
}

/** Why the sign-in service did not sign the reader in, as the address says. */
export function ProviderProblem() {
  const code = useSearchParams().get("problem");
  const text = useFailureText();
  return code === null ? null : <Notice tone="danger">{text(failureOfCode(code))}</Notice>;
}

/** Asks for the password that links an account to the sign-in service, or for the account's code. */
export function ProviderProof({ proof, arrive }: { proof: "link" | "code"; arrive: () => Promise<void> }) {
  const t = useTranslations("account");
  const word = useWording();
  const byPassword = proof === "link";
  const { faults, busy, needsCode, formProps } = useSubmission({
    fieldNames: byPassword ? (["password", "code"] as const) : (["code"] as const),
    check: ({ password, code }) =>
      faultsOf(
        byPassword
          ? { password: checkPassword(password) }
          : { code: code === "" ? { key: "noCode" } : undefined },
      ),
    send: async ({ password, code }) => {
      const body = { ...(byPassword && { password }), ...(code !== "" && { code }) };
      await unwrap(api.POST("/api/auth/oidc/finish", { body }));
      await arrive();
    },
  });
  return (
    <form {...formProps} className="flex flex-col gap-4">
      <p>{t(`provider.${proof}`)}</p>
      {faults.form && <Notice tone="danger">{word(faults.form)}</Notice>}
      {byPassword && (
        <PasswordField
          label={t("fields.password")}
          name="password"
          autoComplete="current-password"
          error={word(faults.fields.password)}
        />
      )}
      {(needsCode || !byPassword) && <CodeField error={word(faults.fields.code)} />}
      <Button type="submit" look="primary" aria-disabled={busy}>
        {t(busy ? "login.busy" : "login.submit")}
      </Button>
    </form>
  );
}
