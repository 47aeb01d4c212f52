"use client";

import { useId } from "react";
import { useTranslations } from "use-intl";

import { legendOf, PALETTES, type Palette } from "./heat";

type Props = {
  opacity: number;
  onOpacity: (opacity: number) => void;
  palette: Palette;
  onPalette: (palette: Palette) => void;
};

/** From plain to map, the colours of the map, and what they mean. */
export function MapControls({ opacity, onOpacity, palette, onPalette }: Props) {
  const t = useTranslations("viewer");
  const id = useId();
  const percent = Math.round(100 * opacity);
  return (
    <div className="flex flex-col gap-4">
      <div className="print:hidden">
        <label htmlFor={id} className="text-sm font-medium">
          {t("opacity")}
        </label>
        <div className="flex items-center gap-3 text-sm text-muted">
          <span aria-hidden>{t("plain")}</span>
          <input
            id={id}
            type="range"
            min={0}
            max={100}
            step={5}
            value={percent}
            aria-valuetext={`${percent} %`}
            onChange={(event) => onOpacity(event.currentTarget.valueAsNumber / 100)}
            className="h-11 min-w-0 flex-1 cursor-pointer accent-text pointer-fine:h-9"
          />
          <span aria-hidden>{t("map")}</span>
          <output htmlFor={id} className="w-11 text-right text-text">
            {percent} %
          </output>
        </div>
      </div>
      <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
        <Legend palette={palette} />
        <label className="flex flex-col gap-1 text-sm font-medium">
          {t("colours")}
          <select
            value={palette}
            onChange={(event) =>
              onPalette(PALETTES.find((known) => known === event.currentTarget.value) ?? "cividis")
            }
            className="h-11 rounded-control border border-control bg-surface px-2 font-normal pointer-fine:h-9"
          >
            {PALETTES.map((known) => (
              <option key={known} value={known}>
                {t(`palette.${known}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
    </div>
  );
}

function Legend({ palette }: { palette: Palette }) {
  const t = useTranslations("viewer");
  const id = useId();
  const colours = legendOf(palette);
  return (
    <figure className="min-w-40 flex-1">
      <svg aria-hidden className="block h-3 w-full rounded-sm">
        <linearGradient id={id}>
          {colours.map((colour, i) => (
            <stop key={colour} offset={i / (colours.length - 1)} stopColor={colour} />
          ))}
        </linearGradient>
        <rect width="100%" height="100%" fill={`url(#${id})`} />
      </svg>
      <figcaption className="mt-1 flex justify-between text-sm text-muted">
        <span>{t("low")}</span>
        <span>{t("influence")}</span>
        <span>{t("high")}</span>
      </figcaption>
    </figure>
  );
}
