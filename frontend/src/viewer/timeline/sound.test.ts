import { expect, test } from "vitest";

import type { LevelCurve, Sound } from "@/api/schema";

import { levelAt, levelPath, speaksAt } from "./sound";

const level: LevelCurve = { step_ms: 100, dbfs: [null, -30, -120, 0] };

test("the level at a time is that of its step", () => {
  expect([0, 100, 199, 200, 399, 5000].map((ms) => levelAt(level, ms))).toEqual([null, -30, -30, -120, 0, 0]);
});

test("the area leaves out where there is no sound, and ends at both ends of the scale", () => {
  const path = levelPath(level, (ms) => ms / 10, 60);
  expect(path).toBe("M10,60V30H20V60ZM20,60V60H30V60ZM30,60V0H40V60Z");
});

test("somebody speaks within a span", () => {
  const sound = { speech: [{ start_ms: 100, end_ms: 200 }] } as Sound;
  expect([99, 100, 200].map((ms) => speaksAt(sound, ms))).toEqual([false, true, false]);
  expect(speaksAt({ speech: null } as Sound, 0)).toBeNull();
});
