"use client";

import { Clock } from "lucide-react";
import type { ReactNode } from "react";
import { useFormatter, useLocale, useNow, useTranslations } from "use-intl";

import type { AnalysisResult, ResultAnswer } from "@/api/schema";
import { bytes, span } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";

type Props = { answer: ResultAnswer; result: AnalysisResult; children: ReactNode };

/** Which file this is, whether faces were found in it, how long it stays, and what can be done with it (`children`). */
export function ResultHeader({ answer, result, children }: Props) {
  const t = useTranslations("result.file");
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <p className="font-semibold [overflow-wrap:anywhere]">
          <span className="sr-only">{t("label")}: </span>
          {answer.metadata.original_filename}
        </p>
        <div className="flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted">
          <p>{useFound(result, answer.media_type === "video" && !result.marked)}</p>
          <p>{useFacts(answer, result)}</p>
          <Expiry answer={answer} />
        </div>
      </div>
      <div className="flex flex-wrap gap-2 max-sm:[&_button]:px-2.5 print:hidden">{children}</div>
    </header>
  );
}

function useFound(result: AnalysisResult, video: boolean): string {
  const t = useTranslations("result.file");
  const count = result.tracks.length;
  if (result.marked) return t("marked");
  if (!video) return t("people", { count });
  return t("peopleInFrames", { count, seen: result.frames_with_face, sampled: result.frames_sampled });
}

function useFacts(answer: ResultAnswer, result: AnalysisResult): string {
  const clock = useTimeText();
  const t = useTranslations("result.file");
  const locale = useLocale();
  const { media } = result;
  const facts = [t(answer.media_type)];
  if (media?.duration_ms) facts.push(clock(media.duration_ms, false));
  if (media) facts.push(t("pixels", { width: String(media.width), height: String(media.height) }));
  facts.push(bytes(answer.metadata.original_size_bytes, locale));
  return facts.join(", ");
}

/** When the files expire: "Deleted in 20 h". Nothing once they are deleted, or while no time is set. */
export function Expiry({ answer }: { answer: ResultAnswer }) {
  const t = useTranslations("result.expiry");
  const format = useFormatter();
  const now = useNow({ updateInterval: 60_000 }).getTime();
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
