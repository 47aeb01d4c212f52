"use client";

import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import { ComparedPhoto, type Zoom } from "@/viewer/compared";

import { Side, type Compared } from "./side";
import { magnified, moved, WHOLE, ZOOMS } from "./zoom";

type Props = { files: readonly [Compared, Compared]; boxes: boolean };

/** How far an arrow key goes: this part of what is seen. */
const STEP = 0.1;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** Two photos that are magnified and moved together, by the parts of their sides. */
export function Photos({ files, boxes }: Props) {
  const t = useTranslations("compare");
  const [zoom, setZoom] = useState(WHOLE);
  return (
    <div className="flex flex-col gap-4">
      <ZoomControls zoom={zoom} onZoom={setZoom} />
      <div className="grid gap-4 md:grid-cols-2">
        {files.map((file, index) => (
          <Side key={index} file={file} number={index + 1}>
            <Pane zoom={zoom} onZoom={setZoom} label={t("pane", { letter: String(index + 1) })}>
              <ComparedPhoto {...file} boxes={boxes} zoom={zoom} />
            </Pane>
          </Side>
        ))}
      </div>
    </div>
  );
}

type ZoomProps = { zoom: Zoom; onZoom: (zoom: Zoom) => void };

function ZoomControls({ zoom, onZoom }: ZoomProps) {
  const t = useTranslations("compare");
  const times = useTranslations("viewer");
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 print:hidden">
      <label className="flex items-center gap-2 text-sm font-medium">
        {t("zoom")}
        <select
          value={zoom.times}
          onChange={(event) => onZoom(magnified(zoom, Number(event.currentTarget.value)))}
          className="h-11 rounded-control border border-control bg-surface px-2 font-normal pointer-fine:h-9"
        >
          {ZOOMS.map((each) => (
            <option key={each} value={each}>
              {times("times", { speed: each })}
            </option>
          ))}
        </select>
      </label>
      <p className="text-sm text-muted">{t("zoomHint")}</p>
    </div>
  );
}

/** A picture that is moved by dragging and by the arrow keys; both go along. */
function Pane({ zoom, onZoom, label, children }: ZoomProps & { label: string; children: ReactNode }) {
  const from = useRef<{ x: number; y: number; zoom: Zoom } | null>(null);
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (from.current === null) return;
    const { width, height } = event.currentTarget.getBoundingClientRect();
    const { x, y, zoom: start } = from.current;
    onZoom(moved(start, (x - event.clientX) / width, (y - event.clientY) / height));
  };
  const press = (event: KeyboardEvent) => {
    const way = ARROWS[event.key];
    if (way === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    onZoom(moved(zoom, way[0], way[1]));
  };
  return (
    <div
      role="group"
      aria-label={label}
      tabIndex={0}
      onKeyDown={press}
      onPointerDown={(event) => {
        if (zoom.times === 1 || event.button !== 0) return;
        event.currentTarget.setPointerCapture?.(event.pointerId);
        from.current = { x: event.clientX, y: event.clientY, zoom };
      }}
      onPointerMove={drag}
      onPointerUp={() => (from.current = null)}
      onPointerCancel={() => (from.current = null)}
      className={zoom.times > 1 ? "cursor-grab touch-none overflow-hidden" : "overflow-hidden"}
    >
      {children}
    </div>
  );
}
