import { expect, test } from "vitest";

import { momentFrom, seekSeconds, snap, stepTo, within } from "./seek";

const times = [100, 300, 500];

test("a seek aims at the middle of its frame", () => {
  expect(seekSeconds(1000, 40)).toBeCloseTo(1.02);
});

test("a step goes to the neighbouring sample, also from between and from within its frame", () => {
  expect(stepTo(times, 300, 1, 40)).toBe(500);
  expect(stepTo(times, 300, -1, 40)).toBe(100);
  expect(stepTo(times, 315, -1, 40)).toBe(100);
  expect(stepTo(times, 340, -1, 40)).toBe(300);
  expect(stepTo(times, 500, 1, 40)).toBe(500);
  expect(stepTo(times, 0, -1, 40)).toBe(100);
  expect(stepTo([], 0, 1, 40)).toBeNull();
});

test("a click lands on the nearest sample", () => {
  expect([0, 210, 460].map((time) => snap(times, time))).toEqual([100, 300, 500]);
});

test("nothing leaves the clip", () => {
  expect([within(-5, 100), within(500, 100)]).toEqual([0, 100]);
});

test("moments are gone through in time, from the last to the first again", () => {
  const moments = [{ timeMs: 500 }, { timeMs: 100 }];
  expect(momentFrom(moments, 100, 1, 40)?.timeMs).toBe(500);
  expect(momentFrom(moments, 500, 1, 40)?.timeMs).toBe(100);
  expect(momentFrom(moments, 500, -1, 40)?.timeMs).toBe(100);
  expect(momentFrom([], 0, 1, 40)).toBeNull();
});
