"use client";

import { useLocale } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { decimals, percent, percentRange } from "@/i18n/format";
import { estimateGiven } from "@/ui/verdict";

import { pair } from "./scale";

/** Writes a result's probabilities, with decimals where the estimate would look like a bound that it does not reach. */
export type Figures = {
  percent: (probability: number) => string;
  range: (interval: readonly number[]) => string;
  threshold: string;
  /** Up to the first there are no signs, from the second on a file is said to have signs. */
  ends: readonly [string, string];
};

/** How the probabilities of a result are written where they stand beside its bounds. */
export function useFigures(result: AnalysisResult): Figures {
  const locale = useLocale();
  const { decision_threshold: threshold, abstain_band } = result;
  const [low, high] = pair(abstain_band) ?? [threshold, threshold];
  const estimate = estimateGiven(result.verdict, result.final_score) ?? threshold;
  const digits = decimals([estimate, low, threshold, high]);
  const write = (probability: number) => percent(probability, digits, locale);
  return {
    percent: write,
    range: (interval) => percentRange(interval, digits, locale),
    threshold: write(threshold),
    ends: [write(low), write(high)],
  };
}
