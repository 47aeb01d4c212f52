import { expect, it } from "vitest";

import { daysAgo, roughly } from "./when";

it("counts the reader's days, not times 24 hours", () => {
  const now = new Date(2026, 2, 10, 0, 30);
  expect(daysAgo(new Date(2026, 2, 10, 0, 5), now)).toBe(0);
  expect(daysAgo(new Date(2026, 2, 9, 23, 50), now)).toBe(1);
  expect(daysAgo(new Date(2026, 2, 8, 1, 0), now)).toBe(2);
});

it("cuts a span to its largest unit and never promises too much", () => {
  const hour = 3_600_000;
  expect(roughly(19.9 * hour)).toBe(19 * hour);
  expect(roughly(50 * hour)).toBe(48 * hour);
  expect(roughly(0.99 * hour)).toBe(59 * 60_000);
  expect(roughly(5)).toBe(60_000);
});
