"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useTranslations } from "use-intl";

import { CodeField } from "@/account/form/code-field";
import { EmailField, PasswordField } from "@/account/form/fields";
import { checkEmail, checkPassword, faultsOf, useWording } from "@/account/form/refusal";
import { useSubmission } from "@/account/form/use-submission";
import { api, unwrap } from "@/api/client";
import { useLimits } from "@/api/queries";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { useHydrated } from "@/ui/use-hydrated";

import { ProviderButton, ProviderProblem, ProviderProof, useProviderProof } from "./provider";
import { SignInPage, useArrival } from "./sign-in-page";

const FIELDS = ["email", "password", "code"] as const;

/** The sign-in page; it leads back to the page before. */
export function Login() {
  const t = useTranslations("account");
  const arrival = useArrival();
  const proof = useProviderProof();
  const limits = useLimits();
  const hydrated = useHydrated();
  const accounts = hydrated ? limits.data?.accounts : undefined;
  if (proof !== null) {
    return (
      <SignInPage title={t("login.title")}>
        <ProviderProof proof={proof} arrive={arrival.arrive} />
      </SignInPage>
    );
  }
  const passwords = accounts?.passwords !== false;
  return (
    <SignInPage title={t("login.title")} below={passwords && <Below next={arrival.next} />}>
      <Arrived wayBack={arrival.wayBack} />
      <ProviderProblem />
      {passwords && <PasswordLogin arrive={arrival.arrive} />}
      {typeof accounts?.provider === "string" && (
        <ProviderButton name={accounts.provider} next={arrival.next} />
      )}
    </SignInPage>
  );
}

function PasswordLogin({ arrive }: { arrive: () => Promise<void> }) {
  const t = useTranslations("account");
  const word = useWording();
  const { faults, busy, needsCode, formProps } = useSubmission({
    fieldNames: FIELDS,
    check: ({ email, password }) => faultsOf({ email: checkEmail(email), password: checkPassword(password) }),
    send: async ({ email, password, code }) => {
      const body = { email, password, ...(code !== "" && { code }) };
      await unwrap(api.POST("/api/auth/login", { body }));
      await arrive();
    },
  });
  return (
    <form {...formProps} className="flex flex-col gap-4">
      {faults.form && <Notice tone="danger">{word(faults.form)}</Notice>}
      <EmailField error={word(faults.fields.email)} />
      <PasswordField
        label={t("fields.password")}
        name="password"
        autoComplete="current-password"
        error={word(faults.fields.password)}
      />
      {needsCode && <CodeField error={word(faults.fields.code)} />}
      <Button type="submit" look="primary" aria-disabled={busy}>
        {t(busy ? "login.busy" : "login.submit")}
      </Button>
    </form>
  );
}

/** Why the reader is on this page. */
function Arrived({ wayBack }: { wayBack: boolean }) {
  const t = useTranslations("account");
  const query = useSearchParams();
  if (query.has("expired")) return <Notice>{t("login.expired")}</Notice>;
  if (query.has("deleted")) return <Notice>{t("removal.done")}</Notice>;
  if (query.has("signed-out")) return <Notice>{t("account.signedOut")}</Notice>;
  return wayBack ? <p className="text-muted">{t("login.wayBack")}</p> : null;
}

function Below({ next }: { next: string }) {
  const t = useTranslations("account.login");
  const limits = useLimits();
  const hydrated = useHydrated();
  const accounts = hydrated ? limits.data?.accounts : undefined;
  return (
    <>
      {accounts?.registration_open === true && (
        <p>
          {t("none")}{" "}
          <Link href={{ pathname: "/register/", query: { next } }} className="font-medium text-text">
            {t("register")}
          </Link>
        </p>
      )}
      <p className="mt-2">{t("forgotten")}</p>
      {accounts?.required === false && <p className="mt-2">{t("optional")}</p>}
    </>
  );
}
