"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import { ApiError } from "@/api/errors";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";

const ROWS = [0, 1, 2, 3, 4, 5, 6, 7];

/** Placeholder of the list while it is read. */
export function Skeleton() {
  const t = useTranslations("common");
  return (
    <div role="status" className="min-h-176 divide-y divide-line rounded-card border border-line bg-surface">
      <span className="sr-only">{t("loading")}</span>
      {ROWS.map((row) => (
        <div key={row} className="flex items-center gap-4 px-4 py-3">
          <div className="size-14 rounded-control bg-sunken" />
          <div className="h-4 w-48 max-w-[50%] rounded-control bg-sunken" />
        </div>
      ))}
    </div>
  );
}

/** Shown in place of an empty list: why it is empty, and what to do next. */
export function Empty({ narrowed, onShowAll }: { narrowed: boolean; onShowAll: () => void }) {
  const t = useTranslations("history.empty");
  return (
    <div className="flex flex-col items-center gap-1 rounded-card border border-line bg-surface px-4 py-12 text-center">
      <p className="text-lg font-semibold">{t(narrowed ? "noMatch" : "title")}</p>
      <p className="mb-4 max-w-prose text-muted">{t(narrowed ? "noMatchText" : "text")}</p>
      {narrowed ? (
        <Button onClick={onShowAll}>{t("showAll")}</Button>
      ) : (
        <Link href="/" className={buttonClass("primary")}>
          {t("action")}
        </Link>
      )}
    </div>
  );
}

/** Shown in place of a list that could not be read: the reason. */
export function Trouble({ error, onRetry }: { error: Error | null; onRetry: () => void }) {
  const t = useTranslations();
  const offline = error instanceof ApiError && error.status === 0;
  const id = error instanceof ApiError ? error.requestId : null;
  return (
    <Notice tone="danger" actions={<Button onClick={onRetry}>{t("common.actions.retry")}</Button>}>
      {t(offline ? "history.trouble.offline" : "history.trouble.ours")}
      {id !== null && ` ${t("history.trouble.reference", { id: id.slice(0, 8) })}`}
    </Notice>
  );
}
