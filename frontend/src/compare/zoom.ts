import type { Zoom } from "@/viewer/compared";

export const WHOLE: Zoom = { times: 1, x: 0.5, y: 0.5 };
export const ZOOMS = [1, 2, 4, 8] as const;

/** Move by parts of what is seen; the pictures' edges stay outside of it. */
export function moved({ times, x, y }: Zoom, right: number, down: number): Zoom {
  const half = 0.5 / times;
  const within = (place: number) => Math.min(1 - half, Math.max(half, place));
  return { times, x: within(x + right / times), y: within(y + down / times) };
}

/** The same place, larger or smaller. */
export function magnified({ x, y }: Zoom, times: number): Zoom {
  return moved({ times, x, y }, 0, 0);
}
