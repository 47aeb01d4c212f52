import { download } from "@/ui/download";
import { canvasOf, loaded, pngOf } from "@/viewer/canvas";
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
  const { canvas, context } = canvasOf(picture.naturalWidth, picture.naturalHeight);
  context.drawImage(picture, 0, 0);
  context.globalAlpha = layer.opacity;
  if (layer.place !== null) {
    const { area, width } = layer.place;
    const scale = picture.naturalWidth / width;
    context.translate(area.x * scale, area.y * scale);
    context.rotate((area.degrees * Math.PI) / 180);
    context.drawImage(mapOf(layer), 0, 0, area.side * scale, area.side * scale);
  } else context.drawImage(mapOf(layer), 0, 0, canvas.width, canvas.height);
  download(await pngOf(canvas), `${name}-map.png`);
}

function saveAs(src: string, name: string): void {
  const link = document.createElement("a");
  link.href = src;
  link.download = name;
  link.click();
}

function mapOf({ map, palette }: Layer): HTMLCanvasElement {
  const { canvas, context } = canvasOf(MAP_SIZE, MAP_SIZE);
  context.putImageData(new ImageData(heatPixels(map, palette, MAP_SIZE), MAP_SIZE, MAP_SIZE), 0, 0);
  return canvas;
}
