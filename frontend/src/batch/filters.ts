import type { BatchAnswer } from "@/api/schema";

/** What the table of a batch can be narrowed to. */
export const FILTERS = [
  "all",
  "manipulated",
  "inconclusive",
  "no_signs",
  "no_face",
  "failed",
  "refused",
  "active",
] as const;
export type Filter = (typeof FILTERS)[number];

// These are rare; their chips are left out where they would show no row.
const SELDOM: readonly Filter[] = ["no_face", "failed", "refused", "active"];

/** The filter of a word in an address. */
export function filterOf(word: string | null): Filter {
  return FILTERS.find((known) => known === word) ?? "all";
}

/** The parameters of the API by which items are narrowed. */
export function itemQuery(filter: Filter) {
  switch (filter) {
    case "all":
      return {};
    case "failed":
      return { state: ["FAILED" as const, "CANCELLED" as const, "DELETED" as const] };
    case "refused":
      return { state: ["REFUSED" as const] };
    case "active":
      return { state: ["WAITING" as const, "QUEUED" as const, "RUNNING" as const, "PROCESSING" as const] };
    default:
      return { verdict: [filter] };
  }
}

/** How many items each filter shows. */
export function countsOf({ items, states, verdicts }: BatchAnswer): Record<Filter, number> {
  const {
    waiting = 0,
    queued = 0,
    running = 0,
    failed = 0,
    cancelled = 0,
    refused = 0,
    deleted = 0,
  } = states;
  const { manipulated = 0, inconclusive = 0, no_signs = 0, no_face = 0 } = verdicts;
  return {
    all: items,
    manipulated,
    inconclusive,
    no_signs,
    no_face,
    failed: failed + cancelled + deleted,
    refused,
    active: waiting + queued + running,
  };
}

/** The filters that are offered: the usual ones, those that show something, and the one that is chosen. */
export function shownFilters(counts: Record<Filter, number>, chosen: Filter): readonly Filter[] {
  return FILTERS.filter((known) => known === chosen || counts[known] > 0 || !SELDOM.includes(known));
}
