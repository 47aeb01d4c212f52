import { expect, test } from "vitest";

import { sharesOf } from "./shares";

test("what is left of the shares is the test split, and what makes no sense is refused", () => {
  expect(sharesOf({ train: "70", validation: "10", seed: "4" })).toEqual({
    train: 0.7,
    validation: 0.1,
    test: 0.2,
    seed: 4,
  });
  for (const typed of [
    { train: "70", validation: "31", seed: "0" },
    { train: "-1", validation: "0", seed: "0" },
    { train: "", validation: "0", seed: "0" },
    { train: "1", validation: "1", seed: "a" },
  ])
    expect(sharesOf(typed)).toBeNull();
});
