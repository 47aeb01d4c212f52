import { expect, it } from "vitest";

import { sheetLayout } from "./sheet";

it("lays pictures out in rows that hold them all and do not touch", () => {
  const { at, cell, width, height } = sheetLayout(13, 16 / 9);
  const last = at(12);
  expect(at(3).x + cell.width).toBeCloseTo(width - at(0).x);
  expect(at(4)).toEqual({ x: at(0).x, y: last.y - 2 * (last.y - at(8).y) });
  expect(at(4).y).toBeGreaterThan(at(0).y + cell.height);
  expect(last.y + cell.height).toBeLessThan(height);
});

it("gives upright pictures more columns, and one picture no more than half of the width", () => {
  expect(sheetLayout(12, 9 / 16).cell.width).toBeLessThan(sheetLayout(12, 16 / 9).cell.width);
  expect(sheetLayout(1, 1).cell).toEqual(sheetLayout(2, 1).cell);
});
