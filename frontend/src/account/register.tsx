"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import { EmailField, PasswordField } from "@/account/form/fields";
import {
  checkEmail,
  checkPassword,
  faultsOf,
  LONGEST_PASSWORD,
  SHORTEST_PASSWORD,
  useWording,
} from "@/account/form/refusal";
import { useSubmission } from "@/account/form/use-submission";
import { api, unwrap } from "@/api/client";
import { useLimits } from "@/api/queries";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { useHydrated } from "@/ui/use-hydrated";

import { SignInPage, useArrival } from "./sign-in-page";

const FIELDS = ["email", "password"] as const;

/** The registration page; it says so where the server accepts no registrations. */
export function Register() {
  const t = useTranslations("account.register");
  const limits = useLimits();
  const hydrated = useHydrated();
  const accounts = hydrated ? limits.data?.accounts : undefined;
  const { next, arrive } = useArrival();
  const signIn = { pathname: "/login/", query: { next } };
  if (accounts?.registration_open === false) {
    return (
      <SignInPage title={t("closed.title")}>
        <p>{t("closed.text")}</p>
        <Link href={signIn} className={buttonClass("primary")}>
          {t("signIn")}
        </Link>
      </SignInPage>
    );
  }
  const below = (
    <p>
      {t("have")}{" "}
      <Link href={signIn} className="font-medium text-text">
        {t("signIn")}
      </Link>
    </p>
  );
  return (
    <SignInPage title={t("title")} below={below}>
      {/* The line's space is reserved until the figure is known, so that the form does not move. */}
      <p className="min-h-6 text-muted">{accounts && <Quota perDay={accounts.free_daily_uploads} />}</p>
      <RegisterForm signIn={signIn} arrive={arrive} />
    </SignInPage>
  );
}

function Quota({ perDay }: { perDay: number | null }) {
  const t = useTranslations("account.register");
  return perDay === null ? t("noQuota") : t("quota", { count: perDay });
}

type FormProps = { signIn: { pathname: string; query: { next: string } }; arrive: () => Promise<void> };

function RegisterForm({ signIn, arrive }: FormProps) {
  const t = useTranslations("account");
  const word = useWording();
  const { faults, busy, formProps } = useSubmission({
    fieldNames: FIELDS,
    check: ({ email, password }) => faultsOf({ email: checkEmail(email), password: checkPassword(password) }),
    send: async ({ email, password }) => {
      await unwrap(api.POST("/api/auth/register", { body: { email, password } }));
      await arrive();
    },
  });
  const help = faults.fields.email?.key === "emailInUse" && (
    <Link href={signIn} className="mt-1 inline-block text-sm font-medium">
      {t("register.signIn")}
    </Link>
  );
  return (
    <form {...formProps} className="flex flex-col gap-4">
      {faults.form && <Notice tone="danger">{word(faults.form)}</Notice>}
      <EmailField error={word(faults.fields.email)} help={help} />
      <PasswordField
        label={t("fields.password")}
        name="password"
        autoComplete="new-password"
        hint={t("fields.rule", { shortest: SHORTEST_PASSWORD, longest: LONGEST_PASSWORD })}
        error={word(faults.fields.password)}
      />
      <Button type="submit" look="primary" aria-disabled={busy}>
        {t(busy ? "register.busy" : "register.submit")}
      </Button>
      <p className="text-sm text-muted">{t("register.keeps")}</p>
    </form>
  );
}
