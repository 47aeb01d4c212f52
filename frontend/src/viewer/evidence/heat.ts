import { colourOf, type Palette } from "./colours";

/** Rows of cells; a cell without a value is null. */
export type Cells = readonly (readonly (number | null)[])[];

/** The largest contribution towards "manipulated" in a map, in logits; 0 where nothing speaks for it. */
export function strongest(map: Cells): number {
  return map.reduce((top, row) => row.reduce<number>((best, cell) => Math.max(best, cell ?? 0), top), 0);
}

/** How strongly each cell speaks for "manipulated", 0 to 1 of the strongest cell. What speaks against it, and what has no value, is 0. */
export function strengths(map: Cells): number[][] {
  const top = strongest(map);
  return map.map((row) => row.map((cell) => (top > 0 ? Math.max(0, cell ?? 0) / top : 0)));
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
