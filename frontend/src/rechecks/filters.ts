import type { Change, FileState, RecheckAnswer } from "@/api/schema";

/** What the table of a recheck can be narrowed to. */
export const FILTERS = [
  "flips",
  "up",
  "down",
  "unclear",
  "clear",
  "faces",
  "same",
  "first",
  "failed",
  "gone",
  "skipped",
  "stopped",
  "active",
  "all",
] as const;
export type Filter = (typeof FILTERS)[number];

const FLIPS: readonly Change[] = ["up", "down", "unclear", "clear", "faces"];
const OF_STATE: Partial<Record<Filter, readonly FileState[]>> = {
  failed: ["FAILED"],
  gone: ["GONE"],
  skipped: ["SKIPPED"],
  stopped: ["STOPPED"],
  active: ["WAITING", "QUEUED"],
};
const ALWAYS: readonly Filter[] = ["flips", "up", "down", "all"];

/** The filter of a word in an address: what has changed, unless it says otherwise. */
export function filterOf(word: string | null): Filter {
  return FILTERS.find((known) => known === word) ?? "flips";
}

/** The parameters of the API by which files are narrowed. */
export function itemQuery(filter: Filter): { change?: Change[]; state?: FileState[] } {
  if (filter === "all") return {};
  if (filter === "flips") return { change: [...FLIPS] };
  const states = OF_STATE[filter];
  return states === undefined ? { change: [filter as Change] } : { state: [...states] };
}

/** How many files each filter shows. */
export function countsOf({ items, flipped, states, changes }: RecheckAnswer): Record<Filter, number> {
  const { waiting = 0, queued = 0, failed = 0, gone = 0, skipped = 0, stopped = 0 } = states;
  const { first = 0, same = 0, up = 0, down = 0, unclear = 0, clear = 0, faces = 0 } = changes;
  return {
    flips: flipped,
    up,
    down,
    unclear,
    clear,
    faces,
    same,
    first,
    failed,
    gone,
    skipped,
    stopped,
    active: waiting + queued,
    all: items,
  };
}

/** The filters that are offered: the usual ones, those that show something, and the one that is chosen. */
export function shownFilters(counts: Record<Filter, number>, chosen: Filter): readonly Filter[] {
  return FILTERS.filter((known) => known === chosen || counts[known] > 0 || ALWAYS.includes(known));
}
