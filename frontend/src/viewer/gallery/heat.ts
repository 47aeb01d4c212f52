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

/** Rows of cells, each with its contribution to the logit. */
export type Cells = readonly (readonly number[])[];

/** The largest contribution towards "manipulated" in a map, in logits; 0 where nothing speaks for it. */
export function strongest(map: Cells): number {
  return map.reduce((top, row) => row.reduce((best, cell) => Math.max(best, cell), top), 0);
}

/** How strongly each cell speaks for "manipulated", 0 to 1 of the strongest cell. What speaks against it is 0. */
export function strengths(map: Cells): number[][] {
  const top = strongest(map);
  return map.map((row) => row.map((cell) => (top > 0 ? Math.max(0, cell) / top : 0)));
}

/** Values of a grid at `size` x `size` places, row by row, bilinear between the middles of cells. */
export function enlarged(grid: readonly (readonly number[])[], size: number): Float32Array {
  const out = new Float32Array(size * size);
  const rows = grid.length;
  const columns = grid[0]?.length ?? 0;
  if (rows === 0 || columns === 0) return out;
  const at = (row: number, column: number) => grid[row]?.[column] ?? 0;
  for (let y = 0; y < size; y++) {
    const [top, bottom, down] = between(y, size, rows);
    for (let x = 0; x < size; x++) {
      const [left, right, along] = between(x, size, columns);
      const upper = at(top, left) * (1 - along) + at(top, right) * along;
      const lower = at(bottom, left) * (1 - along) + at(bottom, right) * along;
      out[y * size + x] = upper * (1 - down) + lower * down;
    }
  }
  return out;
}

// Below this strength the map fades out, so that pixels without influence stay as they are.
const FADE = 0.4;

/** RGBA pixels of a map, `size` x `size`: the colour is the strength, and weak places let the picture through. */
export function heatPixels(map: Cells, palette: Palette, size: number): Uint8ClampedArray<ArrayBuffer> {
  const values = enlarged(strengths(map), size);
  const pixels = new Uint8ClampedArray(size * size * 4);
  values.forEach((strength, i) => {
    pixels.set(colourOf(palette, strength), 4 * i);
    pixels[4 * i + 3] = 255 * Math.min(1, strength / FADE);
  });
  return pixels;
}

/** The two cells around a place and how far it is from the first to the second. */
function between(place: number, size: number, cells: number): [number, number, number] {
  const position = Math.min(cells - 1, Math.max(0, ((place + 0.5) * cells) / size - 0.5));
  const first = Math.floor(position);
  return [first, Math.min(first + 1, cells - 1), position - first];
}
