import { expect, test } from "vitest";

import { figuresIn, share, wilson } from "./figures";

test("figures that are not defined are dashes, and intervals stand with what they are of", () => {
  const { auc, number, probability } = figuresIn("en");
  expect(auc(null, null)).toBe("–");
  expect(auc(0.876, null)).toBe("0.88");
  expect(auc(0.876, [0.8, 0.934])).toBe("0.88 (0.80–0.93)");
  expect(number(null, 3)).toBe("–");
  expect(share(null)).toBe("–");
  expect(probability(0.00004)).toBe("< 0.001");
  expect(probability(0.5)).toBe("0.500");
  expect(figuresIn("de").auc(0.876, [0.8, 0.934])).toBe("0,88 (0,80–0,93)");
});

test("an interval of few files is wide, and stays within what a share can be", () => {
  expect(wilson(0, 3).map((end) => end.toFixed(4))).toEqual(["0.0000", "0.5615"]);
  expect(wilson(5, 10).map((end) => end.toFixed(4))).toEqual(["0.2366", "0.7634"]);
  expect(wilson(4, 4).map((end) => end.toFixed(4))).toEqual(["0.5101", "1.0000"]);
});
