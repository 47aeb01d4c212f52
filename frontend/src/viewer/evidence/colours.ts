/** Red, green, blue, 0 to 255. */
export type Rgb = readonly [number, number, number];
/** Colours for maps; both grow lighter all the way, and colour-blind readers see the same order. */
export type Palette = "cividis" | "inferno";
export const PALETTES = ["cividis", "inferno"] as const satisfies readonly Palette[];

// Seventeen evenly spaced colours of each (Nuñez et al. 2018; matplotlib).
const STOPS: Record<Palette, string> = {
  cividis:
    "00224e 002e6a 1a386f 32436d 434e6c 535a6d 61656f 6f7073 7d7c78 8b8778 9a9376 aaa073 bbad6d ccba64 ddc858 efd748 fee838",
  inferno:
    "000004 0b0724 210c4a 3d0965 57106e 71196e 8a226a a32c61 bc3754 d04545 e35933 f1711f f98c0a fcaa0f f9c932 f2e865 fcffa4",
};
const COLOURS: Record<Palette, Rgb[]> = { cividis: parsed("cividis"), inferno: parsed("inferno") };

/** The colour of a strength from 0 (low) to 1 (high). */
export function colourOf(palette: Palette, strength: number): Rgb {
  const colours = COLOURS[palette];
  const place = Math.min(1, Math.max(0, strength)) * (colours.length - 1);
  const below = Math.min(Math.floor(place), colours.length - 2);
  const [from, to] = [colours[below] ?? BLACK, colours[below + 1] ?? BLACK];
  const part = place - below;
  return [mix(from[0], to[0], part), mix(from[1], to[1], part), mix(from[2], to[2], part)];
}

/** The colours of a legend from low to high, as `#rrggbb`. */
export function legendOf(palette: Palette): string[] {
  return STOPS[palette].split(" ").map((hex) => `#${hex}`);
}

const BLACK: Rgb = [0, 0, 0];

function parsed(palette: Palette): Rgb[] {
  return STOPS[palette].split(" ").map((hex): Rgb => {
    const value = Number.parseInt(hex, 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  });
}

function mix(from: number, to: number, part: number): number {
  return Math.round(from + (to - from) * part);
}
