import { expect, test } from "vitest";

import { auc, probability, share } from "./figures";

test("figures that are not defined are dashes, and intervals stand with what they are of", () => {
  expect(auc(null, null)).toBe("–");
  expect(auc(0.876, null)).toBe("0.88");
  expect(auc(0.876, [0.8, 0.934])).toBe("0.88 (0.80–0.93)");
  expect(share(null)).toBe("–");
  expect(probability(0.00004)).toBe("< 0.001");
  expect(probability(0.5)).toBe("0.500");
});
