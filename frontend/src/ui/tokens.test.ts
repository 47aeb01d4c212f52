import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

type Rgb = readonly [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

const css = readFileSync(path.resolve(import.meta.dirname, "../app/globals.css"), "utf8");

function tokens(selector: string): Record<string, Rgb> {
  const block = css.slice(css.indexOf(`${selector} {`)).split("}")[0] ?? "";
  return Object.fromEntries(
    [...block.matchAll(/--([a-z-]+): #([0-9a-f]{6});/g)].map(([, name = "", hex = ""]) => [
      name,
      [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Rgb,
    ]),
  );
}

const THEMES = { light: tokens(":root"), dark: tokens('[data-theme="dark"]') };
const VERDICTS = ["signs", "nosigns", "unclear"] as const;

const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const times = (matrix: Matrix, v: Rgb) =>
  matrix.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as unknown as Rgb;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** WCAG 2.2's contrast ratio, 1 to 21. */
function contrast(a: Rgb, b: Rgb): number {
  const luminance = (rgb: Rgb) => 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function token(theme: keyof typeof THEMES, name: string): Rgb {
  const found = THEMES[theme][name];
  if (!found) throw new Error(`no token --${name} in the ${theme} theme`);
  return found;
}

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  it.each(["text", "muted", "signs", "nosigns", "unclear", "danger"])(
    "%s is read on every surface",
    (name) => {
      for (const ground of ["surface", "bg", "sunken"]) {
        expect(contrast(token(theme, name), token(theme, ground)), `on ${ground}`).toBeGreaterThanOrEqual(
          4.5,
        );
      }
    },
  );

  it.each(VERDICTS)("%s is read on its own tint, and so is text", (name) => {
    expect(contrast(token(theme, name), token(theme, `${name}-tint`))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(token(theme, "text"), token(theme, `${name}-tint`))).toBeGreaterThanOrEqual(7);
  });

  it("the borders of controls are seen on every surface", () => {
    for (const ground of ["surface", "bg", "sunken"]) {
      expect(contrast(token(theme, "control"), token(theme, ground)), `on ${ground}`).toBeGreaterThanOrEqual(
        3,
      );
    }
  });

  it.each(Object.keys(DEFICIENCIES()))("the verdicts' hues stay apart for readers with %s", (deficiency) => {
    const seen = VERDICTS.map((name) => lab(simulated(token(theme, name), deficiency)));
    for (const [i, one] of seen.entries()) {
      for (const other of seen.slice(i + 1)) expect(ciede2000(one, other)).toBeGreaterThanOrEqual(16);
    }
  });
});

it("computes differences of colours as the paper's own examples do", () => {
  expect(ciede2000([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
  expect(ciede2000([22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619])).toBeCloseTo(2.0373, 4);
});

/** Machado, Oliveira & Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1. */
function DEFICIENCIES(): Record<string, Matrix> {
  return {
    "full colour vision": [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    protanopia: [
      [0.152286, 1.052583, -0.204868],
      [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    deuteranopia: [
      [0.367322, 0.860646, -0.227968],
      [0.280085, 0.672501, 0.047413],
      [-0.01182, 0.04294, 0.968881],
    ],
    tritanopia: [
      [1.255528, -0.076749, -0.178779],
      [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.3039],
    ],
  };
}

/** What a reader with the deficiency sees, linear RGB. */
function simulated(rgb: Rgb, deficiency: string): Rgb {
  const matrix = DEFICIENCIES()[deficiency];
  if (!matrix) throw new Error(deficiency);
  const seen = times(matrix, rgb.map(linear) as unknown as Rgb);
  return seen.map((value) => Math.min(1, Math.max(0, value))) as unknown as Rgb;
}

/** Linear sRGB to CIELAB, D65. */
function lab(rgb: Rgb): Rgb {
  const xyz = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    rgb,
  );
  const [x, y, z] = [xyz[0] / 0.95047, xyz[1], xyz[2] / 1.08883].map((t) =>
    t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116,
  ) as unknown as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Sharma, Wu & Dalal, "The CIEDE2000 Color-Difference Formula" (2005), section 2. */
function ciede2000([l1, a1, b1]: Rgb, [l2, a2, b2]: Rgb): number {
  const seventh = (chroma: number) => Math.sqrt(chroma ** 7 / (chroma ** 7 + 25 ** 7));
  const g = 0.5 * (1 - seventh((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2));
  const polar = (a: number, b: number) => {
    const stretched = (1 + g) * a;
    return {
      chroma: Math.hypot(stretched, b),
      hue: ((Math.atan2(b, stretched) * 180) / Math.PI + 360) % 360,
    };
  };
  const [one, two] = [polar(a1, b1), polar(a2, b2)];
  const turn = one.chroma * two.chroma === 0 ? 0 : ((((two.hue - one.hue + 180) % 360) + 360) % 360) - 180;
  const hue = one.chroma * two.chroma === 0 ? one.hue + two.hue : one.hue + turn / 2;
  const [l, chroma] = [(l1 + l2) / 2, (one.chroma + two.chroma) / 2];
  const cos = (factor: number, shift: number) => Math.cos(radians(factor * hue + shift));
  const t = 1 - 0.17 * cos(1, -30) + 0.24 * cos(2, 0) + 0.32 * cos(3, 6) - 0.2 * cos(4, -63);
  const turned = -2 * seventh(chroma) * Math.sin(radians(60 * Math.exp(-(((hue - 275) / 25) ** 2))));
  const dl = (l2 - l1) / (1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2));
  const dc = (two.chroma - one.chroma) / (1 + 0.045 * chroma);
  const dh =
    (2 * Math.sqrt(one.chroma * two.chroma) * Math.sin(radians(turn / 2))) / (1 + 0.015 * chroma * t);
  return Math.sqrt(dl ** 2 + dc ** 2 + dh ** 2 + turned * dc * dh);
}
