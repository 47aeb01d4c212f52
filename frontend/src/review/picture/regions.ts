import type { Box } from "@/viewer/region";

export type Size = { width: number; height: number };

const SHORTER = 2000; // units; the smallest box, of 40 of them, is then a fiftieth of the shorter side

/** The units in which regions are drawn: of the picture's shape, and as fine for a small picture as for a large one. */
export function canvasOf({ width, height }: Size): Size {
  const scale = SHORTER / Math.min(width, height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** A box as a media fragment; in a film with its time in seconds. */
export function selectorOf([left, top, right, bottom]: Box, canvas: Size, seconds: number | null): string {
  const part = (value: number, of: number) => String(Math.round((10_000 * value) / of) / 100);
  const { width, height } = canvas;
  const numbers = [
    part(left, width),
    part(top, height),
    part(right - left, width),
    part(bottom - top, height),
  ];
  return `${seconds === null ? "" : `t=${seconds.toFixed(3)}&`}xywh=percent:${numbers.join(",")}`;
}

/** A region's shares of the picture in percent, and its time in seconds; null for what is no fragment of this form. */
export function regionOf(selector: string): { seconds: number | null; percent: Box } | null {
  const match = /^(?:t=([\d.]+)&)?xywh=percent:([\d.]+),([\d.]+),([\d.]+),([\d.]+)$/.exec(selector);
  if (match === null) return null;
  const [, at, ...numbers] = match;
  const [x = 0, y = 0, w = 0, h = 0] = numbers.map(Number);
  return { seconds: at === undefined ? null : Number(at), percent: [x, y, x + w, y + h] };
}
