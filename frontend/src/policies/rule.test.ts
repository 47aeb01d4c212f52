import { expect, test } from "vitest";

import { moved, typedNumber } from "./rule";

const RULE = {
  threshold: 0.87,
  abstain_low: 0.65,
  abstain_high: 0.9,
  minimums: { smallest_face_px: 32, least_frames: 3, least_share: 0.01 },
};

test("the band goes along with the threshold and never beyond what an estimate can be", () => {
  expect(moved(RULE, "threshold", 0.5)).toEqual({
    ...RULE,
    threshold: 0.5,
    abstain_low: 0.28,
    abstain_high: 0.53,
  });
  expect(moved(RULE, "threshold", 1)).toMatchObject({ threshold: 0.999, abstain_high: 1 });
  expect(moved(RULE, "threshold", 0.1)).toMatchObject({ threshold: 0.1, abstain_low: 0 });
});

test("an end of the band stops at the threshold", () => {
  expect(moved(RULE, "abstain_low", 0.95)).toMatchObject({ threshold: 0.87, abstain_low: 0.87 });
  expect(moved(RULE, "abstain_high", 0.2)).toMatchObject({ threshold: 0.87, abstain_high: 0.87 });
  expect(moved(RULE, "abstain_low", 0.1234567)).toMatchObject({ abstain_low: 0.123 });
});

test("numbers are read with a point or a comma, and nothing else is a number", () => {
  expect(typedNumber(" 0,025 ")).toBe(0.025);
  expect(typedNumber("32")).toBe(32);
  expect([typedNumber(""), typedNumber("a"), typedNumber("1e999")]).toEqual([null, null, null]);
});
