import type { Box } from "./evidence/evidence";

/** A label's place: its left upper corner. */
export type Place = { x: number; y: number };
type Rect = Place & { width: number; height: number };
type Picture = { width: number; height: number };

/** Room between a box and its label, in units of the label's height. */
const GAP = 0.12;

/**
 * Where the labels of boxes stand: above the box, else below it, else in it, and of these where none covers another.
 * Where that cannot be had, the place with the least in common. Labels stay in the picture.
 */
export function placeChips(
  chips: readonly { box: Box; length: number }[],
  height: number,
  picture: Picture,
): Place[] {
  const placed: Rect[] = [];
  const gap = GAP * height;
  const places: Place[] = [];
  const order = chips.map((_, index) => index).sort((a, b) => topOf(chips, a) - topOf(chips, b));
  for (const index of order) {
    const chip = chips[index];
    if (chip === undefined) continue;
    const { box, length } = chip;
    const [left, top, right, bottom] = box;
    const rows = [top - height - gap, bottom + gap, top + gap, bottom - height - gap];
    const columns = [left, right - length, (left + right - length) / 2];
    const wanted = rows
      .filter((y) => y >= 0 && y + height <= picture.height)
      .concat(Math.max(0, Math.min(top + gap, picture.height - height)))
      .flatMap((y) => columns.map((x) => ({ x: within(x, picture.width - length), y })));
    const best = wanted
      .map((place) => ({ place, covered: coveredBy(placed, { ...place, width: length, height }) }))
      .reduce((one, other) => (other.covered < one.covered ? other : one));
    placed.push({ ...best.place, width: length, height });
    places[index] = best.place;
  }
  return places;
}

function topOf(chips: readonly { box: Box }[], index: number): number {
  return chips[index]?.box[1] ?? 0;
}

function within(x: number, most: number): number {
  return Math.max(0, Math.min(x, most));
}

/** The area of a rectangle that others cover. */
function coveredBy(others: readonly Rect[], rect: Rect): number {
  return others.reduce((area, other) => {
    const width = Math.min(rect.x + rect.width, other.x + other.width) - Math.max(rect.x, other.x);
    const height = Math.min(rect.y + rect.height, other.y + other.height) - Math.max(rect.y, other.y);
    return area + Math.max(0, width) * Math.max(0, height);
  }, 0);
}
