"use client";

import dynamic from "next/dynamic";
import { useFormatter, useLocale, useTranslations } from "use-intl";

import type { AnalysisResult, ResultAnswer } from "@/api/schema";
import { bytes } from "@/i18n/format";
import { mediaName } from "@/i18n/media-name";
import { useTimeText } from "@/i18n/use-time-text";

import { FactList } from "./fact-list";

// Closed until somebody checks.
const AggregationSteps = dynamic(
  () => import("./aggregation-steps").then((module) => module.AggregationSteps),
  { ssr: false },
);

type Props = {
  answer: ResultAnswer;
  result: AnalysisResult;
  /** Whether this page has made the result, without people whom the reader left out. */
  reader: boolean;
};

/** For those who check: the file's facts, where the time went, and the arithmetic of the score. */
export function DetailsCard({ answer, result, reader }: Props) {
  const t = useTranslations("result.details");
  return (
    <section className="rounded-card border border-line bg-surface p-4 sm:p-6" id="details">
      <details>
        <summary className="min-h-11 cursor-pointer text-lg font-semibold pointer-fine:min-h-6">
          <h2 className="inline">{t("title")}</h2>
        </summary>
        <div className="mt-4">
          <div className="grid gap-8 lg:grid-cols-2">
            <section>
              <h3 className="mb-2 font-semibold">{t("file")}</h3>
              <FactList facts={useFileFacts(answer, result)} />
            </section>
            <section>
              <h3 className="mb-2 font-semibold">{t("timings")}</h3>
              <FactList facts={useTimings(result)} />
            </section>
          </div>
          {result.aggregation_steps.length > 0 && (
            <section className="mt-8">
              <h3 className="mb-2 flex flex-wrap items-baseline justify-between gap-2 font-semibold">
                {t("aggregation")}
                <span className="text-sm font-normal text-muted">
                  {t("method", { name: result.aggregation_method })}
                </span>
              </h3>
              <AggregationSteps {...{ result, reader }} />
            </section>
          )}
        </div>
      </details>
    </section>
  );
}

function useFileFacts(answer: ResultAnswer, result: AnalysisResult) {
  const clock = useTimeText();
  const t = useTranslations("result.details");
  const format = useFormatter();
  const locale = useLocale();
  const { media } = result;
  const moment = (iso: string | null) =>
    iso === null ? null : format.dateTime(new Date(iso), { dateStyle: "medium", timeStyle: "medium" });
  return [
    { name: t("name"), value: answer.metadata.original_filename },
    { name: t("kind"), value: mediaName(media.format, media.codec, answer.metadata.original_filename) },
    { name: t("size"), value: bytes(answer.metadata.original_size_bytes, locale) },
    { name: t("picture"), value: `${media.width} × ${media.height} px` },
    { name: t("duration"), value: media.duration_ms > 0 ? clock(media.duration_ms) : null },
    {
      name: t("frames"),
      value: answer.media_type === "video" ? format.number(media.frame_count) : null,
    },
    { name: t("received"), value: moment(answer.created_at) },
    { name: t("analysed"), value: moment(answer.processing_completed_at) },
    { name: t("attempts"), value: answer.attempts > 1 ? format.number(answer.attempts) : null },
  ];
}

const STAGES = [
  "open",
  "decoding",
  "waiting_for_frames",
  "face_detection",
  "inference",
  "aggregation",
  "explainability",
  "sound",
  "total",
] as const;

function useTimings(result: AnalysisResult) {
  const t = useTranslations("result.details");
  const format = useFormatter();
  const { runtime, device, face_detector: detector } = result.model;
  const spent = STAGES.map((stage) => {
    const value = result.timings_ms[stage] ?? null;
    return {
      name: t(`stages.${stage}`),
      value: value === null ? null : t("milliseconds", { value: format.number(Math.round(value)) }),
    };
  });
  return [...spent, { name: t("machine"), value: t("machineText", { runtime, device, detector }) }];
}
