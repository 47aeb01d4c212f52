import { expect, test } from "vitest";

import { placeChips, type Place } from "./chips";

const PICTURE = { width: 400, height: 300 };

function overlapping(one: Place, other: Place, length: number, height: number): boolean {
  return Math.abs(one.x - other.x) < length && Math.abs(one.y - other.y) < height;
}

test("a label stands above its box, and below or in it where there is no room above", () => {
  const [above, below] = placeChips(
    [
      { box: [50, 100, 150, 200], length: 60 },
      { box: [200, 5, 300, 105], length: 60 },
    ],
    20,
    PICTURE,
  );
  expect(above?.y).toBeLessThan(80);
  expect(below?.y).toBeGreaterThanOrEqual(105);
});

test("labels of neighbours do not cover each other", () => {
  const chips = [0, 1, 2].map((i) => ({
    box: [100 + 25 * i, 100, 160 + 25 * i, 170] as [number, number, number, number],
    length: 60,
  }));
  const places = placeChips(chips, 20, PICTURE);
  for (const [i, one] of places.entries())
    for (const other of places.slice(i + 1)) expect(overlapping(one, other, 60, 20)).toBe(false);
});

test("labels stay in the picture", () => {
  const places = placeChips([{ box: [380, 0, 400, 300], length: 60 }], 20, PICTURE);
  expect(places[0]).toMatchObject({ x: 340 });
  expect(places[0]?.y).toBeGreaterThanOrEqual(0);
  expect((places[0]?.y ?? 0) + 20).toBeLessThanOrEqual(300);
});
