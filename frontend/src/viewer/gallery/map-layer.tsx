"use client";

import { useEffect, useMemo, useRef, type CSSProperties } from "react";

import type { Top } from "@/viewer/evidence/evidence";

import { heatPixels, type Palette } from "./heat";

const MAP_SIZE = 192;

type Props = {
  map: Top["map"];
  palette: Palette;
  /** 0 to 1. */
  opacity: number;
  /** Where it lies; over all of the picture without. */
  place?: CSSProperties;
};

/** A map as a layer of its own over a picture, which stays as it is. */
export function MapLayer({ map, palette, opacity, place }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pixels = useMemo(() => heatPixels(map, palette, MAP_SIZE), [map, palette]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    context?.putImageData(new ImageData(pixels, MAP_SIZE, MAP_SIZE), 0, 0);
  }, [pixels]);
  return (
    <canvas
      ref={canvas}
      aria-hidden
      width={MAP_SIZE}
      height={MAP_SIZE}
      className={`pointer-events-none absolute ${place ? "" : "inset-0 size-full"}`}
      style={{ ...place, opacity }}
    />
  );
}
