"use client";

import { useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { mayDecide } from "@/result/people/people";
import { traceOf } from "@/ui/trace";
import { isEstimated, isLowest, labelOf, lowestEstimate } from "@/ui/verdict";

import { pair } from "./scale";
import { useFigures } from "./use-figures";
import { missedShare } from "./track-record";
import { useReasonWords } from "./use-reason-words";

export type VerdictWords = {
  /** The verdict with its figures in brackets: "Signs of manipulation (estimated 84 %, range 71-92 %)". */
  heading: string;
  /** What else is to be said at once. */
  second: string;
  /** Which person the verdict follows; null without people. */
  follows: string | null;
};

/** Words for what the server concluded. */
export function useVerdictWords(result: AnalysisResult): VerdictWords {
  const heading = useHeading(result);
  const second = useSecondLine(result);
  const t = useTranslations("result");
  const letter = result.deciding_person;
  const people = result.tracks.filter(mayDecide).length;
  const left = result.tracks.length - people;
  return {
    heading,
    second,
    follows: letter === null ? null : t("follows", { letter, people, left }),
  };
}

function useHeading(result: AnalysisResult): string {
  const t = useTranslations("common.verdict");
  const own = useTranslations("result");
  const figures = useFigures(result);
  const label = labelOf(result);
  if (label === "no_face") return own("noFaceHeading");
  const words = t(label);
  const range = pair(result.interval);
  if (result.final_score === null || !isEstimated(label)) return words;
  const estimate = figures.percent(result.final_score);
  if (isLowest(result.final_score, range, lowestEstimate(result)))
    return t("withLowest", { words, estimate });
  if (range === null) return t("withEstimateOnly", { words, estimate });
  return t("withEstimate", { words, estimate, range: figures.range(range) });
}

/** What a flagged file bears traces of comes first. Without an estimate the reason for that, which stands under Why as well. */
function useSecondLine(result: AnalysisResult): string {
  const t = useTranslations("result.second");
  const traces = useTranslations("common.trace");
  const reason = useReasonWords(result);
  const label = labelOf(result);
  const code = result.reasons[0]?.code;
  if (label === "weak" || label === "unclear" || label === "no_face")
    return code === undefined ? "" : reason(code);
  const missed = missedShare(result);
  if (label === "not_flagged" && missed !== null) return t("not_flagged_share", { missed });
  const trace = traceOf(result);
  return trace === null ? t(label) : `${traces(trace)}. ${t(label)}`;
}
