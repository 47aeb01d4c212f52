"use client";

import { useFormatter, useTranslations } from "use-intl";

import type { Row } from "@/history/row";
import { span } from "@/i18n/format";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Calendar days, in the reader's time zone, between two times: 0 for the same day, 1 for yesterday. */
export function daysAgo(then: Date, now: Date): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(now) - midnight(then)) / DAY_MS);
}

/** A span cut to whole units of its largest one, in milliseconds: 19 h 58 min is 19 h; a minute at least. */
export function roughly(milliseconds: number): number {
  for (const unit of [DAY_MS, HOUR_MS]) {
    if (milliseconds >= unit) return Math.floor(milliseconds / unit) * unit;
  }
  return Math.max(MINUTE_MS, Math.floor(milliseconds / MINUTE_MS) * MINUTE_MS);
}

/** When the analysis was started, and how long its files are kept. */
export function When({ row, now }: { row: Row; now: Date }) {
  const expiry = useExpiry(row, now);
  return (
    <p className="md:flex md:flex-col">
      <span>
        <Timestamp at={row.createdAt} now={now} />
        {expiry !== null && (
          <span aria-hidden className="md:hidden">
            {" · "}
          </span>
        )}
      </span>
      {expiry !== null && <span className="whitespace-nowrap">{expiry}</span>}
    </p>
  );
}

function Timestamp({ at, now }: { at: string; now: Date }) {
  const t = useTranslations("history.day");
  const format = useFormatter();
  const then = new Date(at);
  const time = format.dateTime(then, { hour: "numeric", minute: "2-digit" });
  const days = daysAgo(then, now);
  const year = then.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return (
    <time
      dateTime={at}
      title={format.dateTime(then, { dateStyle: "full", timeStyle: "medium" })}
      className="text-text"
    >
      {days === 0
        ? t("today", { time })
        : days === 1
          ? t("yesterday", { time })
          : `${format.dateTime(then, { day: "numeric", month: "short", year })}, ${time}`}
    </time>
  );
}

function useExpiry({ state, expiresAt, filesDeleted }: Row, now: Date): string | null {
  const t = useTranslations("history.expiry");
  if (state === "CANCELLED" || state === "GONE" || expiresAt === null) return null;
  const left = Date.parse(expiresAt) - now.getTime();
  return filesDeleted || left <= 0 ? t("gone") : t("in", { wait: span(roughly(left)) });
}
