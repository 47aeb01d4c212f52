import { download } from "@/ui/download";
import type { Area, Top } from "@/viewer/evidence/evidence";

import { heatPixels, type Palette } from "./heat";

/** A map over a picture, as it is shown. */
export type Layer = {
  map: Top["map"];
  palette: Palette;
  opacity: number;
  /** Where it lies in a frame that is `width` pixels wide; over all of the picture without. */
  place: { area: Area; width: number } | null;
};

const MAP_SIZE = 384;

/** Save a picture under `name`, without an ending: as the server keeps it, or with a map drawn over it, as PNG. */
export async function savePicture(src: string, name: string, layer: Layer | null): Promise<void> {
  if (layer === null || layer.opacity === 0) return saveAs(src, `${name}.jpg`);
  const picture = await loaded(src);
  const canvas = canvasOf(picture.naturalWidth, picture.naturalHeight);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws no pictures");
  context.drawImage(picture, 0, 0);
  context.globalAlpha = layer.opacity;
  if (layer.place !== null) {
    const { area, width } = layer.place;
    const scale = picture.naturalWidth / width;
    context.translate(area.x * scale, area.y * scale);
    context.rotate((area.degrees * Math.PI) / 180);
    context.drawImage(mapOf(layer), 0, 0, area.side * scale, area.side * scale);
  } else context.drawImage(mapOf(layer), 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (blob === null) throw new Error("the picture could not be encoded");
  download(blob, `${name}-map.png`);
}

function saveAs(src: string, name: string): void {
  const link = document.createElement("a");
  link.href = src;
  link.download = name;
  link.click();
}

async function loaded(src: string): Promise<HTMLImageElement> {
  const picture = new Image();
  picture.src = src;
  await picture.decode();
  return picture;
}

function mapOf({ map, palette }: Layer): HTMLCanvasElement {
  const canvas = canvasOf(MAP_SIZE, MAP_SIZE);
  canvas
    .getContext("2d")
    ?.putImageData(new ImageData(heatPixels(map, palette, MAP_SIZE), MAP_SIZE, MAP_SIZE), 0, 0);
  return canvas;
}

function canvasOf(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}
