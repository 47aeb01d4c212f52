import { expect, test } from "vitest";

import type { BatchAnswer } from "@/api/schema";

import { countsOf, filterOf, FILTERS, itemQuery, shownFilters } from "./filters";

const BATCH = {
  items: 20,
  states: {
    waiting: 1,
    queued: 2,
    running: 1,
    completed: 9,
    failed: 1,
    cancelled: 1,
    refused: 4,
    deleted: 1,
  },
  verdicts: { manipulated: 2, inconclusive: 3, no_signs: 4, no_face: 0 },
} as unknown as BatchAnswer;

test("the chips' numbers add up to all items, and rare ones are shown where they have some", () => {
  const { all, ...counts } = countsOf(BATCH);
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(all);
  expect(shownFilters(countsOf(BATCH), "all")).not.toContain("no_face");
  expect(shownFilters(countsOf(BATCH), "no_face")).toContain("no_face");
  expect(shownFilters(countsOf(BATCH), "all")).toContain("refused");
});

test("each filter asks for something of its own, and an unknown word for all", () => {
  const asked = FILTERS.map((filter) => JSON.stringify(itemQuery(filter)));
  expect(new Set(asked).size).toBe(FILTERS.length);
  expect(filterOf("nonsense")).toBe("all");
  expect(filterOf("refused")).toBe("refused");
});
