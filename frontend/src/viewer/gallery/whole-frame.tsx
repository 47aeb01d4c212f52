"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import { Boxes } from "@/viewer/boxes";
import type { Evidence, Top } from "@/viewer/evidence/evidence";
import { nearestIndex } from "@/viewer/evidence/sampling";

import type { Palette } from "./heat";
import { MapLayer } from "./map-layer";

type Props = {
  top: Top;
  evidence: Evidence;
  /** The frame with nothing drawn on it, or of earlier releases with map and box in it (`drawn`). */
  src: string | null;
  drawn: boolean;
  palette: Palette;
  opacity: number;
  boxes: boolean;
};

/** A moment's whole frame; map and boxes are layers over it. */
export function WholeFrame({ top, evidence, src, drawn, palette, opacity, boxes }: Props) {
  const t = useTranslations("viewer");
  const [failed, setFailed] = useState(false);
  const { width, height, samples, faces } = evidence;
  const sample = nearestIndex(
    samples.map(({ timeMs }) => timeMs),
    top.timeMs,
  );
  return (
    <div
      className="relative overflow-hidden rounded-control bg-sunken"
      style={{
        aspectRatio: `${width} / ${height}`,
        width: `min(100%, calc(70dvh * ${(width / height).toFixed(4)}))`,
      }}
    >
      {src !== null && !failed && (
        <img
          src={src}
          alt={t(drawn ? "frameAlt" : "frameCleanAlt", { rank: top.rank, letter: top.letter })}
          loading="lazy"
          onError={() => setFailed(true)}
          className="absolute inset-0 size-full"
        />
      )}
      {src !== null && !failed && !drawn && (
        <>
          {top.area !== null && (
            <MapLayer
              map={top.map}
              palette={palette}
              opacity={opacity}
              place={{
                left: `${(100 * top.area.x) / width}%`,
                top: `${(100 * top.area.y) / height}%`,
                width: `${(100 * top.area.side) / width}%`,
                height: `${(100 * top.area.side) / height}%`,
                transform: `rotate(${top.area.degrees}deg)`,
                transformOrigin: "0 0",
              }}
            />
          )}
          {boxes && (
            <Boxes
              faces={faces[sample ?? -1] ?? []}
              width={width}
              height={height}
              exact
              selected={top.letter}
            />
          )}
        </>
      )}
      {failed && (
        <p className="absolute inset-0 grid place-items-center p-4 text-sm text-muted">
          {t("pictureDeleted")}
        </p>
      )}
    </div>
  );
}
