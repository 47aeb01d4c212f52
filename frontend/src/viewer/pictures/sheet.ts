import { canvasOf } from "@/viewer/canvas";

import type { Cut } from "./plan";

/** A picture of the sheet, as it is drawn: all of it, or what is cut out; with the words below it. */
export type Drawn = {
  picture: HTMLVideoElement | HTMLImageElement;
  cut: Cut | null;
  words: string;
  /** Bold words: a top moment. */
  strong: boolean;
};

/** A sheet's pictures are read one after the other, since a video shows one frame at a time. */
export type Reader = () => Promise<Drawn>;

type Sheet = {
  title: string;
  /** What else is said of the file, below its name. */
  about: string;
  /** Width of a picture by its height. */
  shape: number;
  readers: readonly Reader[];
};

/** Sizes in pixels: a page that is read on a screen and printed on a sheet of A4. */
const WIDTH = 1600;
const EDGE = 32;
const GAP = 16;
const HEAD = 96;
const WORDS = 36;
const FONT = "system-ui, sans-serif";
const INK = "#17202b";
const QUIET = "#4b5766";

/** Where the pictures of a sheet lie. */
export function sheetLayout(count: number, shape: number) {
  const columns = Math.min(Math.max(2, count), shape < 1 ? 6 : 4);
  const width = (WIDTH - 2 * EDGE - (columns - 1) * GAP) / columns;
  const height = Math.round(width / shape);
  const rows = Math.ceil(count / columns);
  return {
    width: WIDTH,
    height: EDGE + HEAD + rows * (height + WORDS + GAP) + EDGE - GAP,
    cell: { width, height },
    at: (index: number) => ({
      x: EDGE + (index % columns) * (width + GAP),
      y: EDGE + HEAD + Math.floor(index / columns) * (height + WORDS + GAP),
    }),
  };
}

/** Draw a page of pictures with words below each. Throws where a picture cannot be read. */
export async function drawSheet({ title, about, shape, readers }: Sheet): Promise<HTMLCanvasElement> {
  const layout = sheetLayout(readers.length, shape);
  const { canvas, context } = canvasOf(layout.width, layout.height);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, layout.width, layout.height);
  const room = layout.width - 2 * EDGE;
  write(context, title, { x: EDGE, y: EDGE + 30, size: 30, strong: true, ink: INK, room });
  write(context, about, { x: EDGE, y: EDGE + 64, size: 20, strong: false, ink: QUIET, room });
  for (const [index, read] of readers.entries()) {
    const { picture, cut, words, strong } = await read();
    const place = { ...layout.at(index), ...layout.cell };
    drawInto(context, picture, cut, place);
    const below = { x: place.x, y: place.y + place.height + 26, size: 20, room: place.width };
    write(context, words, { ...below, strong, ink: INK });
  }
  return canvas;
}

type Place = { x: number; y: number; width: number; height: number };

/** As large as the place allows, in its middle. */
function drawInto(
  context: CanvasRenderingContext2D,
  picture: Drawn["picture"],
  cut: Cut | null,
  place: Place,
): void {
  const video = picture instanceof HTMLVideoElement;
  const whole = {
    x: 0,
    y: 0,
    width: video ? picture.videoWidth : picture.naturalWidth,
    height: video ? picture.videoHeight : picture.naturalHeight,
  };
  const from = cut ?? whole;
  const scale = Math.min(place.width / from.width, place.height / from.height);
  const [width, height] = [from.width * scale, from.height * scale];
  const [x, y] = [place.x + (place.width - width) / 2, place.y + (place.height - height) / 2];
  context.drawImage(picture, from.x, from.y, from.width, from.height, x, y, width, height);
}

type Writing = { x: number; y: number; size: number; strong: boolean; ink: string; room: number };

function write(context: CanvasRenderingContext2D, text: string, how: Writing): void {
  context.fillStyle = how.ink;
  context.font = `${how.strong ? "600 " : ""}${how.size}px ${FONT}`;
  context.fillText(text, how.x, how.y, how.room);
}
