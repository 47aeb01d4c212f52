import { nearestIndex } from "./sampling";

/** How far Shift and an arrow jump. */
export const JUMP_MS = 5000;

/** The time to give to a `<video>`, in seconds: the middle of the frame that starts at `timeMs`, so that rounding never shows its neighbour. */
export function seekSeconds(timeMs: number, frameMs: number): number {
  return (timeMs + frameMs / 2) / 1000;
}

/**
 * The time of the sample before (-1) or after (1) `fromMs`. A sample within half a frame counts as the one that is shown.
 * Stays on the first and the last; null where there is none.
 */
export function stepTo(
  times: readonly number[],
  fromMs: number,
  direction: -1 | 1,
  frameMs: number,
): number | null {
  const slack = frameMs / 2;
  if (direction > 0) return times.find((time) => time > fromMs + slack) ?? times.at(-1) ?? null;
  return times.findLast((time) => time < fromMs - slack) ?? times[0] ?? null;
}

/** The time of the sample nearest to `timeMs`, where a click on the timeline lands. */
export function snap(times: readonly number[], timeMs: number): number {
  const nearest = nearestIndex(times, timeMs);
  return nearest === null ? timeMs : (times[nearest] ?? timeMs);
}

/** `timeMs` within the clip. */
export function within(timeMs: number, durationMs: number): number {
  return Math.min(Math.max(0, timeMs), durationMs);
}

/** The moment before or after `fromMs` in time; round to the other end after the last. */
export function momentFrom<M extends { timeMs: number }>(
  moments: readonly M[],
  fromMs: number,
  direction: -1 | 1,
  frameMs: number,
): M | null {
  const inTime = [...moments].sort((a, b) => a.timeMs - b.timeMs);
  const slack = frameMs / 2;
  if (direction > 0) return inTime.find(({ timeMs }) => timeMs > fromMs + slack) ?? inTime[0] ?? null;
  return inTime.findLast(({ timeMs }) => timeMs < fromMs - slack) ?? inTime.at(-1) ?? null;
}
