"use client";

import { Clock } from "lucide-react";
import { useFormatter, useTranslations } from "use-intl";

import type { ResultAnswer } from "@/api/schema";
import { span } from "@/i18n/format";

import { useNow } from "./use-now";

/** When the files go: "Deleted in 20 h". Nothing once they have gone, or while no time is set. */
export function Expiry({ answer }: { answer: ResultAnswer }) {
  const t = useTranslations("result.expiry");
  const format = useFormatter();
  const now = useNow(60_000);
  if (answer.expires_at === null || answer.files_deleted) return null;
  const end = new Date(answer.expires_at);
  const date = format.dateTime(end, { dateStyle: "medium", timeStyle: "short" });
  return (
    <p className="flex items-center gap-1.5" title={t("deletedAt", { date })}>
      <Clock aria-hidden className="size-4 shrink-0" />
      <time dateTime={answer.expires_at}>{t("deletedIn", { span: span(end.getTime() - now) })}</time>
    </p>
  );
}
