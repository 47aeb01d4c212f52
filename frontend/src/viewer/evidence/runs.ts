/** A gap longer than this many sampling steps breaks a line. */
export const LONGEST_STEP = 1.5;

/** Split ascending points wherever their times are more than 1.5 sampling steps apart. */
export function runs<P extends { timeMs: number }>(points: readonly P[], stepMs: number): P[][] {
  const parts: P[][] = [];
  for (const point of points) {
    const part = parts.at(-1);
    const before = part?.at(-1);
    if (part && before && point.timeMs - before.timeMs <= LONGEST_STEP * stepMs) part.push(point);
    else parts.push([point]);
  }
  return parts;
}

/** From and to in milliseconds. */
export type Stretch = readonly [number, number];

/** When somebody is on screen: each run with half a sampling step at both ends, within the clip. */
export function presence(
  points: readonly { timeMs: number }[],
  stepMs: number,
  durationMs: number,
): Stretch[] {
  return runs(points, stepMs).map((part) => [
    Math.max(0, (part[0]?.timeMs ?? 0) - stepMs / 2),
    Math.min(durationMs, (part.at(-1)?.timeMs ?? 0) + stepMs / 2),
  ]);
}
