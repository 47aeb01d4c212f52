import { expect, test } from "vitest";

import { colourOf, enlarged, heatPixels, legendOf, PALETTES, strengths, strongest, type Rgb } from "./heat";

test("only what speaks for manipulation counts, as a share of the strongest cell", () => {
  const map = [
    [-4, 0.5],
    [0, 0.25],
  ];
  expect(strongest(map)).toBe(0.5);
  expect(strengths(map)).toEqual([
    [0, 1],
    [0, 0.5],
  ]);
});

test("a map in which nothing speaks for manipulation stays empty", () => {
  expect(strengths([[-1, 0]])).toEqual([[0, 0]]);
  expect([...heatPixels([[-1, 0]], "inferno", 4)].filter((_, i) => i % 4 === 3)).toEqual(
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

/** Lightness L* of CIELAB. */
function lightness(colour: Rgb): number {
  const [r = 0, g = 0, b = 0] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
}

test.each(PALETTES)("%s grows lighter all the way, so that grey shows the same order", (palette) => {
  const steps = Array.from({ length: 101 }, (_, i) => lightness(colourOf(palette, i / 100)));
  steps.slice(1).forEach((light, i) => expect(light).toBeGreaterThan((steps[i] ?? 0) - 0.4));
  for (let i = 5; i <= 100; i += 5) expect(steps[i]).toBeGreaterThan(steps[i - 5] ?? 0);
});

test("strengths outside 0 to 1 have the colours of the ends", () => {
  expect(colourOf("cividis", -3)).toEqual([0x00, 0x22, 0x4e]);
  expect(colourOf("cividis", 7)).toEqual([0xfe, 0xe8, 0x38]);
  expect(legendOf("cividis").at(-1)).toBe("#fee838");
});
