import { expect, test } from "vitest";

import { nearestIndex, sampleShownAt, samplingStep } from "./sampling";

test("the step is the usual distance, whatever a hole in the file does", () => {
  expect(samplingStep([0, 100, 200, 300, 5000])).toBe(100);
  expect(samplingStep([0, 80, 200])).toBe(100);
  expect(samplingStep([7])).toBeNull();
});

test("the nearest sample is found at both ends and between", () => {
  const times = [100, 200, 400];
  expect([0, 149, 150, 151, 310, 9999].map((time) => nearestIndex(times, time))).toEqual([0, 0, 0, 1, 2, 2]);
  expect(nearestIndex([], 5)).toBeNull();
});

test("boxes are shown within half a step of their frame and no further", () => {
  const times = [100, 200, 600];
  expect(sampleShownAt(times, 100, 250)).toBe(1);
  expect(sampleShownAt(times, 100, 251)).toBeNull();
  expect(sampleShownAt(times, 100, 49)).toBeNull();
  expect(sampleShownAt(times, 100, 560)).toBe(2);
});
