"use client";

import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslations } from "use-intl";

import type { Top } from "@/viewer/evidence/evidence";

import { heatPixels, type Palette } from "./heat";

const MAP_SIZE = 192;

type Props = {
  top: Top;
  src: string | null;
  palette: Palette;
  /** 0 to 1; 0 is the plain crop. */
  opacity: number;
};

/** A moment's crop with its map over it. */
export function Crop({ top, src, palette, opacity }: Props) {
  const t = useTranslations("viewer");
  const [failed, setFailed] = useState<string | null>(null);
  const there = src !== null && src !== failed;
  return (
    <div className="relative aspect-square w-full overflow-hidden rounded-control bg-sunken">
      {there && (
        <>
          <img
            src={src}
            alt={t(opacity > 0 ? "cropMapAlt" : "cropAlt", { rank: top.rank, letter: top.letter })}
            width={160}
            height={160}
            loading="lazy"
            onError={() => setFailed(src)}
            className="size-full"
          />
          <Map map={top.map} palette={palette} opacity={opacity} />
        </>
      )}
      {src !== null && src === failed && (
        <p className="absolute inset-0 grid place-items-center p-4 text-center text-sm text-muted">
          {t("pictureDeleted")}
        </p>
      )}
    </div>
  );
}

function Map({ map, palette, opacity }: { map: Top["map"]; palette: Palette; opacity: number }) {
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
      className="absolute inset-0 size-full"
      style={{ opacity }}
    />
  );
}
