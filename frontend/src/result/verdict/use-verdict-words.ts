"use client";

import { useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { percent, percentRange } from "@/i18n/format";
import { isWeakness } from "@/result/people/people";

import { pair } from "./scale";

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
  return {
    heading,
    second,
    follows: letter === null ? null : t("follows", { letter, people: result.tracks.length }),
  };
}

function useHeading(result: AnalysisResult): string {
  const t = useTranslations("common.verdict");
  const own = useTranslations("result");
  const label = result.confidence_label;
  if (label === "no_face") return own("noFaceHeading");
  const words = t(label);
  const range = pair(result.interval);
  if (result.final_score === null || !(label === "strong" || label === "signs" || label === "none"))
    return words;
  const estimate = percent(result.final_score);
  return range === null
    ? t("withEstimateOnly", { words, estimate })
    : t("withEstimate", { words, estimate, range: percentRange(range) });
}

function useSecondLine(result: AnalysisResult): string {
  const t = useTranslations("result");
  const label = result.confidence_label;
  const range = pair(result.interval);
  if (label === "weak") return weakness(result, t);
  if (label === "unclear" && range !== null) return t("second.unclearRange", { range: percentRange(range) });
  return t(`second.${label}`);
}

function weakness(result: AnalysisResult, t: ReturnType<typeof useTranslations<"result">>): string {
  const code = result.reasons[0]?.code;
  if (code === undefined || !isWeakness(code)) return t("second.weak");
  const words =
    code === "too_few_frames"
      ? t(`weak.${code}`, { frames: result.frames_used_for_score })
      : t(`weak.${code}`);
  return `${words}.`;
}
