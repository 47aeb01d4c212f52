"use client";

import { useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { percent, percentRange } from "@/i18n/format";

import { pair } from "./scale";
import { isLabel } from "./screen";

export type VerdictWords = {
  /** The verdict with its figures in brackets: "Signs of manipulation (estimated 84 %, range 71-92 %)". */
  heading: string;
  /** What else is to be said at once; null when nothing is. */
  second: string | null;
  /** Which person the verdict follows; null without people. */
  follows: string | null;
};

/** Words for what the server concluded; a conclusion that this page has no words for is told in the server's. */
export function useVerdictWords(result: AnalysisResult): VerdictWords {
  const heading = useHeading(result);
  const second = useSecondLine(result);
  const t = useTranslations("result");
  const letter = result.deciding_person ?? null;
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
  if (!isLabel(label)) return result.score_interpretation;
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

function useSecondLine(result: AnalysisResult): string | null {
  const t = useTranslations("result");
  const label = result.confidence_label;
  const range = pair(result.interval);
  if (!isLabel(label)) return result.advice ?? null;
  if (label === "weak") return weakness(result, t);
  if (label === "unclear" && range !== null) return t("second.unclearRange", { range: percentRange(range) });
  return t(`second.${label}`);
}

function weakness(result: AnalysisResult, t: ReturnType<typeof useTranslations<"result">>): string {
  const [reason] = result.reasons;
  if (reason === undefined) return t("second.weak");
  switch (reason.code) {
    case "too_few_frames":
      return `${t("weak.too_few_frames", { frames: result.frames_used_for_score })}.`;
    case "faces_too_small":
    case "too_blurred":
    case "unstable_scores":
    case "damaged_media":
      return `${t(`weak.${reason.code}`)}.`;
    default:
      return reason.message;
  }
}
