import type { AnalysisResult } from "@/api/schema";
import { estimateGiven, lowestEstimate } from "@/ui/verdict";

/** Where things lie on the probability scale, in percent of its length. */
export type ScaleMarks = {
  threshold: number;
  /** Where there is no verdict; null when the model always gives one. */
  band: Stretch | null;
  /** 90 % interval of the estimate; null without one. */
  interval: Stretch | null;
  /** The estimate; null while the server gives no verdict. */
  point: number | null;
  /** Below it the model gives no estimate; null where that is not known, or nothing to see. */
  lowest: number | null;
};

/** A shorter stretch at the end of the scale is not drawn. */
const VISIBLE = 0.02;

export type Stretch = { from: number; width: number };

/** Place a result on the scale. A result without a verdict has no point: the estimate would be read as one. */
export function scaleMarks(result: AnalysisResult): ScaleMarks {
  const estimate = estimateGiven(result.verdict, result.final_score);
  const lowest = lowestEstimate(result);
  return {
    threshold: place(result.decision_threshold),
    band: stretch(result.abstain_band),
    interval: result.final_score === null ? null : stretch(result.interval, true),
    point: estimate === null ? null : place(estimate),
    lowest: lowest !== null && lowest >= VISIBLE ? place(lowest) : null,
  };
}

/** A pair of numbers as one, or null; for fields that JSON does not bind to two entries. */
export function pair(values: readonly number[] | null | undefined): [number, number] | null {
  const [low, high] = values ?? [];
  return low === undefined || high === undefined ? null : [low, high];
}

function stretch(values: readonly number[] | null, mayBePoint = false): Stretch | null {
  const bounds = pair(values);
  if (bounds === null) return null;
  const [from, to] = [place(bounds[0]), place(bounds[1])];
  return to > from || (mayBePoint && to === from) ? { from, width: to - from } : null;
}

function place(probability: number): number {
  return 100 * Math.min(1, Math.max(0, probability));
}
