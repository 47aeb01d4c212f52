import type { Evidence } from "@/viewer/evidence/evidence";
import { nearestIndex } from "@/viewer/evidence/sampling";

/** One picture of a contact sheet: a sampled frame with those who are seen in it. */
export type Cell = {
  timeMs: number;
  letters: readonly string[];
  /** Of the top moment that it is, the first one of them; null for a frame that is there for the spread. */
  rank: number | null;
};

/** Frames that are spread over a file's length, beside its top moments. */
const SPREAD = 12;

/** The frames of a video's contact sheet in their order: spread over the file, and the top moments. */
export function sheetCells({ samples, tops }: Pick<Evidence, "samples" | "tops">): Cell[] {
  const times = samples.map(({ timeMs }) => timeMs);
  const ranks = new Map<number, number>();
  for (const { timeMs, rank } of tops) {
    const index = nearestIndex(times, timeMs);
    if (index !== null) ranks.set(index, Math.min(rank, ranks.get(index) ?? rank));
  }
  const chosen = new Set([...spread(samples.length, SPREAD), ...ranks.keys()]);
  return samples
    .filter(({ index }) => chosen.has(index))
    .map(({ index, timeMs, scores }) => ({
      timeMs,
      letters: Object.keys(scores).sort(),
      rank: ranks.get(index) ?? null,
    }));
}

/** At most `wanted` places of `count`, from the first to the last with equal steps. */
export function spread(count: number, wanted: number): number[] {
  const number = Math.min(count, wanted);
  if (number < 2) return number === 1 ? [0] : [];
  return Array.from({ length: number }, (_, place) => Math.round((place * (count - 1)) / (number - 1)));
}

/** What is cut out of a picture, in its own pixels. */
export type Cut = { x: number; y: number; width: number; height: number };

/** A face's box with half as much again on each side, as a square where the picture has room for it. */
export function cutAround(
  [left, top, right, bottom]: readonly [number, number, number, number],
  picture: { width: number; height: number },
): Cut {
  const side = 2 * Math.max(right - left, bottom - top);
  const [width, height] = [Math.min(side, picture.width), Math.min(side, picture.height)];
  const within = (middle: number, length: number, most: number) =>
    Math.max(0, Math.min(middle - length / 2, most - length));
  return {
    x: within((left + right) / 2, width, picture.width),
    y: within((top + bottom) / 2, height, picture.height),
    width,
    height,
  };
}

/** A file's name for a picture of it: "clip.mp4" at 12.4 s is "clip-0m12.4s.png"; without a time "clip-clean.png". */
export function pictureName(original: string, timeMs: number | null): string {
  if (timeMs === null) return `${stemOf(original)}-clean.png`;
  const tenths = Math.round(timeMs / 100);
  const [minutes, seconds] = [Math.floor(tenths / 600), (tenths % 600) / 10];
  return `${stemOf(original)}-${minutes}m${seconds.toFixed(1).padStart(4, "0")}s.png`;
}

/** The name of a file's contact sheet. */
export function sheetName(original: string): string {
  return `${stemOf(original)}-contact-sheet.png`;
}

function stemOf(original: string): string {
  const stem = original.replace(/\.[^.]*$/, "").replace(/[\\/:*?"<>|\p{Cc}]/gu, "_");
  return stem || "picture";
}
