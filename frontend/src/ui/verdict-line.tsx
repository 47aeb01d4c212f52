"use client";

import { useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { percent, percentRange } from "@/i18n/format";
import { isEstimated, isLowest, labelOf, lowestEstimate } from "@/ui/verdict";
import { signOf, VERDICT_TEXT, VerdictMark } from "@/ui/verdict-mark";

const LABELS = ["strong", "signs", "unclear", "weak", "none", "not_flagged", "no_face"] as const;

/** A verdict in one line, with its figures in brackets, as the server words it. */
export function VerdictLine({ result }: { result: AnalysisResult }) {
  const sign = signOf(result.verdict, labelOf(result));
  return (
    <p className="flex gap-1.5">
      <VerdictMark verdict={sign} className="mt-px size-5" />
      <span className={`font-medium ${VERDICT_TEXT[sign]}`}>{useWords(result)}</span>
    </p>
  );
}

function useWords(result: AnalysisResult): string {
  const { final_score, interval, score_interpretation } = result;
  const t = useTranslations("common.verdict");
  const label = LABELS.find((known) => known === labelOf(result));
  if (label === undefined) return score_interpretation;
  const words = t(label);
  const [low, high] = interval ?? [];
  const pair = low === undefined || high === undefined ? null : ([low, high] as const);
  const range = pair === null ? null : percentRange(pair);
  if (label === "unclear" && range !== null) return t("withRange", { words, range });
  if (!isEstimated(label) || typeof final_score !== "number") return words;
  const estimate = percent(final_score);
  if (isLowest(final_score, pair, lowestEstimate(result))) return t("withLowest", { words, estimate });
  return range === null || range === estimate
    ? t("withEstimateOnly", { words, estimate })
    : t("withEstimate", { words, estimate, range });
}
