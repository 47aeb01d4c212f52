import type { Box } from "@/viewer/evidence/evidence";

export type Frame = { width: number; height: number };
export type Spot = { x: number; y: number };
/** The edges of a box that move: both of an axis move it, one resizes it. */
export type Grip = { left: boolean; top: boolean; right: boolean; bottom: boolean };

/** The shorter side of the smallest face that the server takes, in pixels of the frame. */
export const SMALLEST_PX = 40;
export const WHOLE: Grip = { left: true, top: true, right: true, bottom: true };

const FIRST_SHARE = 0.3; // of the frame's shorter side
const FIRST_SHAPE = 0.8; // width over height of a face

/** Whether a face in such a frame can be marked at all. */
export function canBeMarked({ width, height }: Frame): boolean {
  return width >= SMALLEST_PX && height >= SMALLEST_PX;
}

/** The box to begin with: in the middle, of a face's shape. */
export function firstBox(frame: Frame): Box {
  const side = Math.min(frame.width, frame.height);
  const height = Math.min(frame.height, Math.max(SMALLEST_PX, side * FIRST_SHARE));
  const width = Math.min(frame.width, Math.max(SMALLEST_PX, height * FIRST_SHAPE));
  const [left, top] = [(frame.width - width) / 2, (frame.height - height) / 2];
  return rounded([left, top, left + width, top + height]);
}

/** The box between two spots, grown from the first to the smallest size and kept in the frame. */
export function drawnBox(from: Spot, to: Spot, frame: Frame): Box {
  const [left, right] = span(from.x, to.x, frame.width);
  const [top, bottom] = span(from.y, to.y, frame.height);
  return rounded([left, top, right, bottom]);
}

/** The box with the gripped edges moved; it stays in the frame and does not become too small. */
export function gripped(box: Box, grip: Grip, dx: number, dy: number, frame: Frame): Box {
  const [left, right] = edges([box[0], box[2]], [grip.left, grip.right], dx, frame.width);
  const [top, bottom] = edges([box[1], box[3]], [grip.top, grip.bottom], dy, frame.height);
  return rounded([left, top, right, bottom]);
}

/** The box with one of its numbers given: left, top, width or height. */
export function withNumber(
  box: Box,
  which: "left" | "top" | "width" | "height",
  to: number,
  frame: Frame,
): Box {
  const wide = { ...WHOLE, left: false, top: false };
  switch (which) {
    case "left":
      return gripped(box, WHOLE, to - box[0], 0, frame);
    case "top":
      return gripped(box, WHOLE, 0, to - box[1], frame);
    case "width":
      return gripped(box, wide, to - (box[2] - box[0]), 0, frame);
    case "height":
      return gripped(box, wide, 0, to - (box[3] - box[1]), frame);
  }
}

/** How far an arrow key moves an edge, in pixels of the frame. */
export function stepOf({ width, height }: Frame): number {
  return Math.max(1, Math.round(Math.max(width, height) / 100));
}

function span(from: number, to: number, most: number): [number, number] {
  const start = clamp(from, 0, most);
  const length = Math.max(SMALLEST_PX, Math.abs(clamp(to, 0, most) - start));
  const first = to < from ? start - length : start;
  const low = clamp(first, 0, most - length);
  return [low, low + length];
}

function edges(
  [low, high]: [number, number],
  [lowMoves, highMoves]: [boolean, boolean],
  by: number,
  most: number,
): [number, number] {
  if (lowMoves && highMoves) {
    const moved = clamp(low + by, 0, most - (high - low));
    return [moved, moved + high - low];
  }
  if (lowMoves) return [clamp(low + by, 0, high - SMALLEST_PX), high];
  if (highMoves) return [low, clamp(high + by, low + SMALLEST_PX, most)];
  return [low, high];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}

function rounded([left, top, right, bottom]: Box): Box {
  return [Math.round(left), Math.round(top), Math.round(right), Math.round(bottom)];
}
