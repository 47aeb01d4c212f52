import { describe, expect, it } from "vitest";

import type { RecheckAnswer } from "@/api/schema";

import { FILTERS, countsOf, filterOf, itemQuery, shownFilters } from "./filters";

const recheck = {
  items: 20,
  flipped: 5,
  states: { waiting: 2, queued: 1, done: 15, failed: 1, gone: 1 },
  changes: { same: 10, up: 3, down: 1, clear: 1 },
} as RecheckAnswer;

describe("the filters of a recheck", () => {
  it("show what has changed unless the address says otherwise", () => {
    expect(filterOf(null)).toBe("flips");
    expect(filterOf("nonsense")).toBe("flips");
    for (const filter of FILTERS) expect(filterOf(filter)).toBe(filter);
  });

  it("ask for changes or states, and for nothing where all is shown", () => {
    expect(itemQuery("flips")).toEqual({ change: ["up", "down", "unclear", "clear", "faces"] });
    expect(itemQuery("down")).toEqual({ change: ["down"] });
    expect(itemQuery("active")).toEqual({ state: ["WAITING", "QUEUED"] });
    expect(itemQuery("all")).toEqual({});
  });

  it("are offered where they show something, and the chosen one always", () => {
    const counts = countsOf(recheck);
    expect(counts.active).toBe(3);
    expect(shownFilters(counts, "skipped")).toEqual([
      "flips",
      "up",
      "down",
      "clear",
      "same",
      "failed",
      "gone",
      "skipped",
      "active",
      "all",
    ]);
  });
});
