"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import type { Top } from "@/viewer/evidence/evidence";

import type { Palette } from "./heat";
import { MapLayer } from "./map-layer";

type Props = {
  top: Top;
  src: string | null;
  palette: Palette;
  /** 0 to 1; 0 is the plain face. */
  opacity: number;
  /** How many times larger than the page has room for; what does not fit is scrolled to. */
  zoom: number;
};

/** A moment's face with its map over it. */
export function Crop({ top, src, palette, opacity, zoom }: Props) {
  const t = useTranslations("viewer");
  const [failed, setFailed] = useState<string | null>(null);
  const there = src !== null && src !== failed;
  const name = t(opacity > 0 ? "cropMapAlt" : "cropAlt", { rank: top.rank, letter: top.letter });
  return (
    <div
      // Only what scrolls is a stop for the keyboard.
      {...(zoom > 1 && { role: "region", "aria-label": t("magnified"), tabIndex: 0 })}
      className="aspect-square w-full overflow-auto rounded-control bg-sunken"
    >
      {there && (
        <div className="relative aspect-square" style={{ width: `${100 * zoom}%` }}>
          <img
            src={src}
            alt={name}
            width={768}
            height={768}
            loading="lazy"
            onError={() => setFailed(src)}
            className="size-full"
          />
          <MapLayer map={top.map} palette={palette} opacity={opacity} />
        </div>
      )}
      {src !== null && src === failed && (
        <p className="grid h-full place-items-center p-4 text-center text-sm text-muted">
          {t("pictureDeleted")}
        </p>
      )}
    </div>
  );
}
