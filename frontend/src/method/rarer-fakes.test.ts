import { expect, it } from "vitest";

import { atBaseRate } from "./rarer-fakes";

it("leaves an estimate as it is where as many are manipulated as in the tests", () => {
  expect(atBaseRate(0.8, 0.5, 0.5)).toBeCloseTo(0.8);
  expect(atBaseRate(0.3, 0.2, 0.2)).toBeCloseTo(0.3);
});

it("follows Bayes where fewer are", () => {
  // A likelihood ratio of 4 at 1 in 100: 4 / (4 + 99).
  expect(atBaseRate(0.8, 0.5, 0.01)).toBeCloseTo(4 / 103);
  // Tested at 1 in 5, odds of 4 are a ratio of 16.
  expect(atBaseRate(0.8, 0.2, 0.5)).toBeCloseTo(16 / 17);
});
