"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "use-intl";

import type { RecheckAnswer } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { ProgressBar } from "@/jobs/progress";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

import { useRechecks } from "./use-rechecks";

/** The rechecks of the workspace. */
export function RecheckList() {
  const t = useTranslations();
  const words = useFailureText();
  const { data, error, refetch } = useRechecks();
  if (error !== null)
    return (
      <Notice
        tone="danger"
        actions={<Button onClick={() => void refetch()}>{t("common.actions.retry")}</Button>}
      >
        {words(failureOf(error))}
      </Notice>
    );
  if (data === undefined) return <p className="text-muted">{t("recheck.reading")}</p>;
  if (data.rechecks.length === 0) return <p className="text-muted">{t("recheck.empty")}</p>;
  return (
    <ul className="divide-y divide-line rounded-card border border-line bg-surface">
      {data.rechecks.map((recheck) => (
        <Row key={recheck.recheck_id} recheck={recheck} />
      ))}
    </ul>
  );
}

function Row({ recheck }: { recheck: RecheckAnswer }) {
  const t = useTranslations("recheck");
  const name = useNameOf(recheck);
  const { recheck_id, state, ended, items, percent, flipped } = recheck;
  return (
    <li className="px-4 py-3">
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <Link
          href={`/rechecks/?id=${encodeURIComponent(recheck_id)}`}
          className="min-w-0 font-medium break-words underline"
        >
          {name}
        </Link>
        <span className="text-sm text-muted">
          {t(`state.${state}`)} · {t("done", { done: ended, total: items })} ·{" "}
          {t("flipped", { count: flipped })}
        </span>
      </p>
      <p className="text-sm text-muted">
        <What recheck={recheck} />
      </p>
      <div className="mt-2">
        <ProgressBar value={percent} label={`${name}: ${t("progress")}`} />
      </div>
    </li>
  );
}

/** What a recheck is called: its reason where one was given. */
export function useNameOf({ reason }: RecheckAnswer): string {
  const t = useTranslations("recheck");
  return reason ?? t("nameless");
}

/** Which files a recheck is about, who asked for it, and when. */
export function What({ recheck: { query, redacted, asked_by, created_at } }: { recheck: RecheckAnswer }) {
  const t = useTranslations("recheck");
  const date = useFormatter().dateTime(new Date(created_at), { dateStyle: "medium", timeStyle: "short" });
  const unsaid = redacted.includes("query") ? t("queryErased") : t("byHand");
  const files = query === null ? unsaid : query.trim() === "" ? t("everything") : query;
  return (
    <>
      <span className="break-words">{files}</span> ·{" "}
      {asked_by === null ? t("askedAt", { date }) : t("asked", { by: asked_by, date })}
    </>
  );
}
