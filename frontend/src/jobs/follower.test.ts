import { expect, test } from "vitest";

import { pollPause } from "./follower";

test("polls come within 1, 2, then 5 s, and leave time for the answer", () => {
  const latest = [0, 1, 2, 9].map((polls) => pollPause(polls, false, () => 0));
  const earliest = [0, 1, 2, 9].map((polls) => pollPause(polls, false, () => 1));
  expect(latest).toEqual([900, 1800, 4500, 4500]);
  earliest.forEach((pause, at) => expect(pause).toBeCloseTo([700, 1400, 3500, 3500][at] ?? 0));
  expect(pollPause(0, true, () => 0)).toBe(13_500);
});
