"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { ProgressBar } from "@/jobs/progress";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

import { useBatches } from "./use-batch";

/** The batches of the account, or of this browser. */
export function BatchList() {
  const t = useTranslations();
  const words = useFailureText();
  const batches = useBatches();
  if (batches.error !== null)
    return (
      <Notice
        tone="danger"
        actions={<Button onClick={() => void batches.refetch()}>{t("common.actions.retry")}</Button>}
      >
        {words(failureOf(batches.error))}
      </Notice>
    );
  if (batches.data === undefined) return <p className="text-muted">{t("batch.reading")}</p>;
  if (batches.data.length === 0) return <p className="text-muted">{t("batch.empty")}</p>;
  return (
    <ul className="divide-y divide-line rounded-card border border-line bg-surface">
      {batches.data.map(({ batch_id, name, state, items, ended, percent }) => (
        <li key={batch_id} className="px-4 py-3">
          <p className="flex flex-wrap items-baseline justify-between gap-x-4">
            <Link
              href={`/batch/?id=${encodeURIComponent(batch_id)}`}
              className="min-w-0 font-medium break-words underline"
            >
              {name || t("batch.nameless")}
            </Link>
            <span className="text-sm text-muted">
              {t(`batch.state.${state}`)} · {t("batch.done", { done: ended, total: items })}
            </span>
          </p>
          <div className="mt-2">
            <ProgressBar value={percent} label={`${name || t("batch.nameless")}: ${t("batch.progress")}`} />
          </div>
        </li>
      ))}
    </ul>
  );
}
