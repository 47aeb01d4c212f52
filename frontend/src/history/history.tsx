"use client";

import Link from "next/link";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useEffect } from "react";
import { useTranslations } from "use-intl";

import { ApiError } from "@/api/errors";
import { useForget, useLimits, useMe, useWorkspace } from "@/api/queries";
import { Skeleton, Trouble } from "@/history/list/placeholders";
import { readAccountRows, useAccountRows } from "@/history/sources/account-rows";
import { useBrowserRows } from "@/history/sources/browser-rows";
import { select } from "@/history/sources/select";
import { keptFor } from "@/i18n/format";
import { buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";

import { HistoryView } from "./history-view";
import { useHistoryQuery, type HistoryQuery, type Look } from "./query";

/** The analyses of the account that is signed in, else of this browser where the server needs no account. */
export function History() {
  const t = useTranslations("history");
  usePageTitle(`${t("title")} - DeepShield`);
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <PageHeading>{t("title")}</PageHeading>
        <div className="flex flex-wrap gap-2">
          <Link href="/batch/" className={buttonClass()}>
            {t("batches")}
          </Link>
          <Link href="/compare/" className={buttonClass()}>
            {t("compare")}
          </Link>
        </div>
      </div>
      <Source />
    </>
  );
}

function Source() {
  const me = useMe();
  const limits = useLimits();
  const { query, look } = useHistoryQuery();
  const hydrated = useHydrated();
  const signedIn = me.data !== undefined && me.data !== null;
  if (!hydrated) return <Waiting />;
  if (signedIn) return <OfAccount query={query} look={look} />;
  if (me.isPending || limits.isPending) return <Waiting />;
  const error = me.error ?? limits.error;
  if (error !== null)
    return <Trouble error={error} onRetry={() => void Promise.all([me.refetch(), limits.refetch()])} />;
  return limits.data?.accounts.required === true ? <SignInFirst /> : <OfBrowser query={query} look={look} />;
}

/** Whose analyses are listed, and how long what is kept; its space is reserved until the figures are known. */
function Lead({ of }: { of: "account" | "workspace" | "browser" }) {
  const t = useTranslations("history.lead");
  const kept = useLimits().data?.retention;
  const ofWorkspace = useWorkspace()?.retention_hours ?? Infinity;
  const hours = kept && Math.min(kept.artifact_hours, ofWorkspace);
  return (
    <p className="mt-1 mb-4 min-h-6 text-muted">
      {kept && hours !== undefined && t(of, { hours: keptFor(hours), days: keptFor(24 * kept.job_days) })}
    </p>
  );
}

type Props = { query: HistoryQuery; look: Look };

function OfAccount({ query, look }: Props) {
  const rows = useAccountRows(query, true);
  const shared = useWorkspace()?.personal === false;
  useExpiredSession(rows.error);
  return (
    <>
      <Lead of={shared ? "workspace" : "account"} />
      <HistoryView
        rows={rows}
        query={query}
        look={look}
        readAll={(onProgress) => readAccountRows(query, onProgress)}
      />
    </>
  );
}

function OfBrowser({ query, look }: Props) {
  const { all, ...rows } = useBrowserRows(query, true);
  const chosen = () => select(all, { ...query, page: 1 }, all.length).rows;
  return (
    <>
      <Lead of="browser" />
      <HistoryView
        rows={rows}
        query={query}
        look={look}
        readAll={async () => chosen()}
        remembered={all.length}
      />
    </>
  );
}

/** Lead to the sign-in page, and back, when the session has expired meanwhile. */
function useExpiredSession(error: Error | null): void {
  const router = useRouter();
  const forget = useForget();
  const address = useAddress();
  const expired = error instanceof ApiError && error.status === 401;
  useEffect(() => {
    if (!expired) return;
    router.replace(`/login/?${new URLSearchParams({ expired: "1", next: address })}`);
    void forget();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, when the session is found to have expired
  }, [expired]);
}

function useAddress(): string {
  const path = usePathname();
  const query = useSearchParams().toString();
  return query === "" ? path : `${path}?${query}`;
}

function SignInFirst() {
  const t = useTranslations();
  const next = useAddress();
  return (
    <div className="mt-4">
      <Notice
        title={t("history.signIn.title")}
        actions={
          <Link href={{ pathname: "/login/", query: { next } }} className={buttonClass("primary")}>
            {t("common.actions.signIn")}
          </Link>
        }
      >
        {t("history.signIn.text")}
      </Notice>
    </div>
  );
}

/** Placeholder of the page until it is known whose history it shows. */
export function Waiting() {
  return (
    <div className="mt-4">
      <Skeleton />
    </div>
  );
}
