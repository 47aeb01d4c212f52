import { describe, expect, it } from "vitest";

import { canBeMarked, drawnBox, firstBox, gripped, SMALLEST_PX, WHOLE, withNumber } from "./box";

const frame = { width: 640, height: 360 };
const box = [100, 100, 200, 220] as const;
const RIGHT_BOTTOM = { left: false, top: false, right: true, bottom: true };
const LEFT_TOP = { left: true, top: true, right: false, bottom: false };

describe("a marked box", () => {
  it("begins in the middle, large enough", () => {
    for (const size of [frame, { width: 40, height: 40 }, { width: 45, height: 3000 }]) {
      const [left, top, right, bottom] = firstBox(size);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(bottom).toBeLessThanOrEqual(size.height);
      expect(Math.min(right - left, bottom - top)).toBeGreaterThanOrEqual(SMALLEST_PX);
    }
  });

  it("is drawn in any direction, and grows to the smallest size inside the frame", () => {
    expect(drawnBox({ x: 100, y: 100 }, { x: 200, y: 220 }, frame)).toEqual([...box]);
    expect(drawnBox({ x: 200, y: 220 }, { x: 100, y: 100 }, frame)).toEqual([...box]);
    expect(drawnBox({ x: 635, y: 355 }, { x: 639, y: 359 }, frame)).toEqual([600, 320, 640, 360]);
    expect(drawnBox({ x: 100, y: 100 }, { x: 9_999, y: -50 }, frame)).toEqual([100, 0, 640, 100]);
  });

  it("keeps its size when it is moved against an edge", () => {
    expect(gripped(box, WHOLE, 5, -7, frame)).toEqual([105, 93, 205, 213]);
    expect(gripped(box, WHOLE, 9_999, 9_999, frame)).toEqual([540, 240, 640, 360]);
    expect(gripped(box, WHOLE, -9_999, -9_999, frame)).toEqual([0, 0, 100, 120]);
  });

  it("does not become too small, and does not leave the frame", () => {
    expect(gripped(box, RIGHT_BOTTOM, -999, -999, frame)).toEqual([100, 100, 140, 140]);
    expect(gripped(box, RIGHT_BOTTOM, 999, 999, frame)).toEqual([100, 100, 640, 360]);
    expect(gripped(box, LEFT_TOP, 999, 999, frame)).toEqual([160, 180, 200, 220]);
    expect(gripped(box, LEFT_TOP, -999, -999, frame)).toEqual([0, 0, 200, 220]);
  });

  it("takes numbers", () => {
    expect(withNumber(box, "left", 10, frame)).toEqual([10, 100, 110, 220]);
    expect(withNumber(box, "top", 10, frame)).toEqual([100, 10, 200, 130]);
    expect(withNumber(box, "width", 50, frame)).toEqual([100, 100, 150, 220]);
    expect(withNumber(box, "height", 5, frame)).toEqual([100, 100, 200, 140]);
  });

  it("is not offered in a frame that is smaller than the smallest face", () => {
    expect(canBeMarked({ width: 39, height: 400 })).toBe(false);
    expect(canBeMarked({ width: 40, height: 40 })).toBe(true);
  });
});
