import { expect, test } from "vitest";

import { spread } from "./geometry";

test("labels with room stay where they are", () => {
  expect(spread([10, 50, 90], 20, [0, 100])).toEqual([10, 50, 90]);
});

test("labels that would overlap move apart to both sides", () => {
  expect(spread([50, 50], 20, [0, 100])).toEqual([40, 60]);
});

test("labels at the edges stay inside", () => {
  expect(spread([1, 2], 20, [10, 90])).toEqual([10, 30]);
  expect(spread([98, 99], 20, [10, 90])).toEqual([70, 90]);
});

test("too little room is shared", () => {
  expect(spread([5, 5, 5], 20, [0, 10])).toEqual([0, 5, 10]);
  expect(spread([], 20, [0, 10])).toEqual([]);
});
