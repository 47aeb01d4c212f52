import { scaleLinear } from "d3-scale";

import type { Evidence, Top } from "@/viewer/evidence/evidence";

/**
 * Move labels apart: places at least `gap` from one another and within `[low, high]`, in the same order and as near to
 * `wanted` (ascending) as least squares has them. With too little room they share it evenly.
 */
export function spread(
  wanted: readonly number[],
  gap: number,
  [low, high]: readonly [number, number],
): number[] {
  const steps = Math.max(1, wanted.length - 1);
  const fitting = Math.min(gap, Math.max(0, high - low) / steps);
  const free = ascending(wanted.map((place, i) => place - i * fitting));
  const top = Math.max(low, high - (wanted.length - 1) * fitting);
  return free.map((place, i) => Math.min(top, Math.max(low, place)) + i * fitting);
}

/** Isotonic regression: neighbours in the wrong order are pooled to their mean. */
function ascending(values: readonly number[]): number[] {
  const pools: { mean: number; size: number }[] = [];
  for (const value of values) {
    let pool = { mean: value, size: 1 };
    for (let last = pools.at(-1); last && last.mean > pool.mean; last = pools.at(-1)) {
      pools.pop();
      const size = last.size + pool.size;
      pool = { mean: (last.mean * last.size + pool.mean * pool.size) / size, size };
    }
    pools.push(pool);
  }
  return pools.flatMap(({ mean, size }) => new Array<number>(size).fill(mean));
}

/** Heights in CSS pixels of a lane's parts, from top to bottom. */
export const LANE = { marks: 24, plot: 60, presence: 10 } as const;
/** Room at the left and right of the plot, so that the first and last mark are whole. */
const MARGIN = 2;
const MARK_GAP = 22;

/** From milliseconds to CSS pixels of a plot that is `width` wide, and back by `invert`. */
export function timeScale({ durationMs }: Pick<Evidence, "durationMs">, width: number) {
  return scaleLinear([0, Math.max(1, durationMs)], [MARGIN, Math.max(MARGIN, width - MARGIN)]).clamp(true);
}

/** From a score to CSS pixels from the plot's top. */
export function scoreScale() {
  return scaleLinear([0, 1], [LANE.plot - 1, 1]).clamp(true);
}

/** Where a moment's number stands (`x`) and the place in time that it points to (`at`), in CSS pixels. */
export type Mark = { top: Top; x: number; at: number };

/** The numbers of a lane's moments, moved apart where they would cover one another. */
export function marksOf(tops: readonly Top[], x: (ms: number) => number, width: number): Mark[] {
  const inTime = [...tops].sort((a, b) => a.timeMs - b.timeMs);
  const wanted = inTime.map(({ timeMs }) => x(timeMs));
  const placed = spread(wanted, MARK_GAP, [MARK_GAP / 2, width - MARK_GAP / 2]);
  return inTime.map((top, i) => ({ top, x: placed[i] ?? 0, at: wanted[i] ?? 0 }));
}

/** Round times to write under the timeline, some 100 pixels apart. */
export function ticksOf(
  { durationMs }: Pick<Evidence, "durationMs">,
  width: number,
  timeText: (ms: number, tenths: boolean) => string,
): { ms: number; text: string }[] {
  const seconds = scaleLinear([0, durationMs / 1000], [0, width]).ticks(Math.max(2, Math.floor(width / 100)));
  const fractions = seconds.some((second) => !Number.isInteger(second));
  return seconds.map((second) => ({ ms: 1000 * second, text: timeText(1000 * second, fractions) }));
}
