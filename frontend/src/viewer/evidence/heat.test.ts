import { expect, test } from "vitest";

import { enlarged, heatPixels, strengths, strongest } from "./heat";

test("only what speaks for manipulation counts, as a share of the strongest cell", () => {
  const map = [
    [-4, 0.5],
    [null, 0.25],
  ];
  expect(strongest(map)).toBe(0.5);
  expect(strengths(map)).toEqual([
    [0, 1],
    [0, 0.5],
  ]);
});

test("a map in which nothing speaks for manipulation stays empty", () => {
  expect(strengths([[-1, null]])).toEqual([[0, 0]]);
  expect([...heatPixels([[-1, null]], "inferno", 4)].filter((_, i) => i % 4 === 3)).toEqual(
    new Array(16).fill(0),
  );
});

test("enlarging goes evenly from the middle of a cell to the middle of the next", () => {
  expect([...enlarged([[0, 1]], 4)].slice(0, 4)).toEqual([0, 0.25, 0.75, 1]);
  expect([...enlarged([], 2)]).toEqual([0, 0, 0, 0]);
});

test("strong places are opaque, places without influence let the picture through", () => {
  const pixels = heatPixels([[0, 1]], "cividis", 4);
  expect(pixels[3]).toBe(0);
  expect([...pixels.slice(12, 16)]).toEqual([0xfe, 0xe8, 0x38, 255]);
});
