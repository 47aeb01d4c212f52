"use client";

import { useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { percent, percentRange } from "@/i18n/format";
import { VERDICT_TEXT, VerdictMark } from "@/ui/verdict-mark";

const LABELS = ["strong", "signs", "unclear", "weak", "none", "no_face"] as const;
const ESTIMATED: readonly string[] = ["strong", "signs", "none"];

/** A verdict in one line, with its figures in brackets, as the server words it. */
export function RowVerdict({ result }: { result: AnalysisResult }) {
  return (
    <p className="flex gap-1.5">
      <VerdictMark verdict={result.verdict} className="mt-px size-5" />
      <span className={`font-medium ${VERDICT_TEXT[result.verdict]}`}>{useWords(result)}</span>
    </p>
  );
}

function useWords({ confidence_label, final_score, interval, score_interpretation }: AnalysisResult): string {
  const t = useTranslations("common.verdict");
  const label = LABELS.find((known) => known === confidence_label);
  if (label === undefined) return score_interpretation;
  const words = t(label);
  const [low, high] = interval ?? [];
  const range = low === undefined || high === undefined ? null : percentRange([low, high]);
  if (label === "unclear" && range !== null) return t("withRange", { words, range });
  if (!ESTIMATED.includes(label) || typeof final_score !== "number") return words;
  const estimate = percent(final_score);
  return range === null || range === estimate
    ? t("withEstimateOnly", { words, estimate })
    : t("withEstimate", { words, estimate, range });
}
