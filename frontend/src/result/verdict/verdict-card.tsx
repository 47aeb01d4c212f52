"use client";

import { useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { useTimeText } from "@/i18n/use-time-text";
import { PageHeading } from "@/ui/page-heading";
import { labelOf } from "@/ui/verdict";
import { signOf, VERDICT_TINT, VerdictMark } from "@/ui/verdict-mark";

import { ProbabilityScale } from "./probability-scale";
import { Strength } from "./strength";
import { trackRecord } from "./track-record";
import { useVerdictWords } from "./use-verdict-words";

type Props = {
  result: AnalysisResult;
  /** Whether the reader has marked the face that it may be of. */ own?: boolean;
  /** Take the focus on appearing: the analysis has just ended. */ focus: boolean;
};

/** The verdict in words with its figures, then the same on a scale, and how often such an estimate was right. */
export function VerdictCard({ result, own = true, focus }: Props) {
  const t = useTranslations("result.marks");
  const clock = useTimeText();
  const { heading, second, follows } = useVerdictWords(result);
  const estimated = result.final_score !== null;
  const sign = signOf(result.verdict, labelOf(result));
  return (
    <section className="overflow-hidden rounded-card border border-line bg-surface">
      <div className={`flex gap-3 p-4 sm:p-6 ${VERDICT_TINT[sign]}`}>
        <VerdictMark verdict={sign} className="mt-1 size-8" />
        <div className="min-w-0">
          {result.marked && (
            <p className="font-medium">
              {result.media.type === "video"
                ? t(own ? "ofYoursAt" : "ofTheirsAt", { time: clock(result.marked.timestamp_ms) })
                : t(own ? "ofYours" : "ofTheirs")}
            </p>
          )}
          <PageHeading focus={focus} className="!text-xl">
            {heading}
          </PageHeading>
          <p className="mt-1">{second}</p>
          {result.marked && <p className="mt-1">{t("alone")}</p>}
        </div>
      </div>
      {follows !== null && (
        <div className="flex flex-col gap-4 p-4 sm:p-6">
          {!result.marked && <p>{follows}</p>}
          {estimated && <ProbabilityScale result={result} />}
          <Reliability result={result} />
          {result.strength && <Strength strength={result.strength} />}
        </div>
      )}
    </section>
  );
}

function Reliability({ result }: { result: AnalysisResult }) {
  const t = useTranslations("result");
  const record = trackRecord(result);
  if (record === null) return null;
  const { average, hits, share, half, beyond } = record;
  const [low, high] = record.range;
  return (
    <p className="text-sm text-muted">
      {t("reliability", { average, hits, low, high, share, rate: half ? "half" : "other" })}
      {beyond && ` ${t("beyond")}`}
    </p>
  );
}
