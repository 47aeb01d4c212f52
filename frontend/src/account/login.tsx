"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useTranslations } from "use-intl";

import { EmailField, PasswordField } from "@/account/form/fields";
import { checkEmail, checkPassword, faultsOf, useWording } from "@/account/form/refusal";
import { useSubmission } from "@/account/form/use-submission";
import { api, unwrap } from "@/api/client";
import { useLimits } from "@/api/queries";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { useHydrated } from "@/ui/use-hydrated";

import { SignInPage, useArrival } from "./sign-in-page";

const FIELDS = ["email", "password"] as const;

/** The sign-in page; it leads back to the page before. */
export function Login() {
  const t = useTranslations("account");
  const word = useWording();
  const arrival = useArrival();
  const { faults, busy, formProps } = useSubmission({
    fieldNames: FIELDS,
    check: ({ email, password }) => faultsOf({ email: checkEmail(email), password: checkPassword(password) }),
    send: async ({ email, password }) => {
      await unwrap(api.POST("/api/auth/login", { body: { email, password } }));
      await arrival.arrive();
    },
  });
  return (
    <SignInPage title={t("login.title")} below={<Below next={arrival.next} />}>
      <Arrived wayBack={arrival.wayBack} />
      <form {...formProps} className="flex flex-col gap-4">
        {faults.form && <Notice tone="danger">{word(faults.form)}</Notice>}
        <EmailField error={word(faults.fields.email)} />
        <PasswordField
          label={t("fields.password")}
          name="password"
          autoComplete="current-password"
          error={word(faults.fields.password)}
        />
        <Button type="submit" look="primary" aria-disabled={busy}>
          {t(busy ? "login.busy" : "login.submit")}
        </Button>
      </form>
    </SignInPage>
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
