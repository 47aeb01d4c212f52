"use client";

import { useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { refusal, useWording } from "@/account/form/refusal";
import { PasswordForm } from "@/account/settings/password-form";
import { Usage } from "@/account/settings/usage";
import { useSecondFactor } from "@/account/second-factor/use-second-factor";
import { api, unwrap } from "@/api/client";
import { useMe, useWorkspace } from "@/api/queries";
import type { MeAnswer } from "@/api/schema";
import { Button, buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";

import { signInPath } from "./next-path";
import { leave } from "./session-end";

// What comes below comes late: the account itself must not wait for it.
const Keys = dynamic(() => import("@/account/keys/keys").then((module) => module.Keys), {
  ssr: false,
  loading: Later,
});
const Webhooks = dynamic(() => import("@/account/webhooks/webhooks").then((module) => module.Webhooks), {
  ssr: false,
  loading: Later,
});
const SecondFactor = dynamic(
  () => import("@/account/second-factor/second-factor").then((module) => module.SecondFactor),
  {
    ssr: false,
    loading: Later,
  },
);
const Sessions = dynamic(() => import("@/account/sessions/sessions").then((module) => module.Sessions), {
  ssr: false,
  loading: Later,
});

const DeleteAccount = dynamic(
  () => import("@/account/settings/delete-account").then((module) => module.DeleteAccount),
  { ssr: false, loading: Later },
);

/** The account page: quota, keys, webhooks, how it is signed in to, signing out, deletion. */
export function Account() {
  const t = useTranslations("account.account");
  const me = useMe();
  const hydrated = useHydrated();
  const pending = !hydrated || me.isPending;
  usePageTitle(`${t("title")} - DeepShield`);
  return (
    <div className="mx-auto w-full max-w-3xl">
      <PageHeading>{t("title")}</PageHeading>
      <div className="mt-4 flex flex-col gap-4">
        {pending ? (
          <Loading />
        ) : me.data ? (
          <Known me={me.data} />
        ) : (
          <Unknown failed={me.error} retry={() => void me.refetch()} />
        )}
      </div>
    </div>
  );
}

function Known({ me }: { me: MeAnswer }) {
  const hasPassword = useSecondFactor().data?.has_password !== false;
  const isOpen = !me.second_factor_missing; // else what is left out is refused
  return (
    <>
      <Who me={me} />
      {isOpen && <Usage me={me} />}
      {isOpen && <Workspaces />}
      {isOpen && <Programs />}
      <PasswordForm email={me.email} hasPassword={hasPassword} />
      <SecondFactor email={me.email} />
      <Sessions />
      <DeleteAccount email={me.email} hasPassword={hasPassword} />
    </>
  );
}

function Who({ me }: { me: MeAnswer }) {
  const t = useTranslations("account.account");
  const word = useWording();
  const client = useQueryClient();
  const [failed, setFailed] = useState<unknown>(null);
  const signOut = async () => {
    setFailed(null);
    try {
      await unwrap(api.POST("/api/auth/logout"));
    } catch (error) {
      return setFailed(error);
    }
    client.clear();
    leave("signed-out");
  };
  return (
    <Card>
      {failed !== null && (
        <div className="mb-4">
          <Notice tone="danger">{word(refusal(failed, []).form)}</Notice>
        </div>
      )}
      <div className="flex flex-wrap items-center justify-between gap-4">
        <dl className="grid min-w-0 gap-x-4 sm:grid-cols-[auto_1fr] sm:gap-y-1">
          <dt className="text-muted">{t("signedInAs")}</dt>
          <dd className="mb-2 font-medium [overflow-wrap:anywhere] sm:mb-0">{me.email}</dd>
          {me.limits.free_daily_uploads !== null && (
            <>
              <dt className="text-muted">{t("tier.label")}</dt>
              <dd>{t(`tier.${me.tier}`)}</dd>
            </>
          )}
        </dl>
        <Button onClick={signOut} aria-describedby="sign-out-hint">
          {t("signOut")}
        </Button>
      </div>
      <p id="sign-out-hint" className="mt-3 text-sm text-muted">
        {t("signOutHint")}
      </p>
    </Card>
  );
}

function Workspaces() {
  const t = useTranslations("account.workspaces");
  return (
    <Card title={t("title")}>
      <p className="mb-4 text-muted">{t("text")}</p>
      <Link href="/people/" className={buttonClass()}>
        {t("open")}
      </Link>
    </Card>
  );
}

/** Keys and webhooks, which are the chosen workspace's and only its admins' to see. */
function Programs() {
  const t = useTranslations("account.programs");
  const workspace = useWorkspace();
  const manages = workspace === null || workspace.may.includes("manage");
  return (
    <>
      {workspace !== null && !workspace.personal && (
        <Card title={t("title", { name: workspace.name })}>
          <p className="text-muted">{t(manages ? "ofWorkspace" : "ofAdmins")}</p>
        </Card>
      )}
      {manages && (
        <>
          <Keys />
          <Webhooks />
        </>
      )}
    </>
  );
}

function Unknown({ failed, retry }: { failed: Error | null; retry: () => void }) {
  const t = useTranslations();
  const word = useWording();
  if (failed !== null) {
    return (
      <Notice tone="danger" actions={<Button onClick={() => retry()}>{t("common.actions.retry")}</Button>}>
        {word(refusal(failed, []).form)}
      </Notice>
    );
  }
  return (
    <Notice
      title={t("account.account.nobody.title")}
      actions={
        <Link href={signInPath("/account/")} className={buttonClass("primary")}>
          {t("common.actions.signIn")}
        </Link>
      }
    >
      {t("account.account.nobody.text")}
    </Notice>
  );
}

/** Holds a card's place. */
function Later() {
  return <div className="h-96 rounded-card border border-line bg-surface" />;
}

function Loading() {
  const t = useTranslations("common");
  return (
    <div role="status" className="flex flex-col gap-4">
      <span className="sr-only">{t("loading")}</span>
      {["h-32", "h-36", "h-80"].map((height) => (
        <div key={height} className={`${height} rounded-card border border-line bg-surface`} />
      ))}
    </div>
  );
}
