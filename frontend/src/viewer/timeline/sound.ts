import type { LevelCurve, Sound } from "@/api/schema";

/** The quietest level that the lane shows, in dBFS. */
const QUIETEST = -60;

/** The level at a time; null where there is no sound. */
export function levelAt({ step_ms, dbfs }: LevelCurve, timeMs: number): number | null {
  return dbfs[Math.min(dbfs.length - 1, Math.max(0, Math.floor(timeMs / step_ms)))] ?? null;
}

/** Whether somebody speaks at a time; null where speech was not looked for. */
export function speaksAt({ speech }: Sound, timeMs: number): boolean | null {
  if (speech === null) return null;
  return speech.some(({ start_ms, end_ms }) => start_ms <= timeMs && timeMs < end_ms);
}

/** The level as the path of an area of that height; a gap where there is no sound. */
export function levelPath({ step_ms, dbfs }: LevelCurve, x: (ms: number) => number, height: number): string {
  return dbfs
    .map((level, i) => {
      if (level === null) return "";
      const top = height * Math.min(1, Math.max(0, level / QUIETEST));
      return `M${x(i * step_ms)},${height}V${top}H${x((i + 1) * step_ms)}V${height}Z`;
    })
    .join("");
}
