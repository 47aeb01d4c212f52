import { expect, test } from "vitest";

import { PALETTES, colourOf, legendOf, type Rgb } from "./colours";

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
