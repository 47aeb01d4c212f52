"use client";

import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { useTranslations } from "use-intl";

import type { Box } from "@/viewer/evidence/evidence";
import { useSize } from "@/viewer/size";

import { drawnBox, gripped, stepOf, WHOLE, type Frame, type Grip, type Spot } from "./box";

const DARK = "#0f141b";
const LIGHT = "#ffffff";
const HANDLE = 22; // CSS pixels, as large as a target for fingers may be without hiding the face
const CORNERS: readonly Grip[] = [
  { left: true, top: true, right: false, bottom: false },
  { left: false, top: true, right: true, bottom: false },
  { left: true, top: false, right: false, bottom: true },
  { left: false, top: false, right: true, bottom: true },
];
const SIDES = { ...WHOLE, left: false, top: false };
const ARROWS: Record<string, Spot> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

type Props = {
  frame: Frame;
  box: Box;
  onChange: (box: Box) => void;
  /** What the box is called; without one it is that of a marked face. */
  label?: string;
  /** The id of the text that says how it is moved. */
  describedBy?: string;
};
type Drag = { from: Spot; box: Box; grip: Grip | "new" };

/**
 * The box that a reader draws over a picture which fills the same element with `object-fit: contain`: with a pointer a new
 * one from anywhere, moved by its inside and resized by its corners; with arrow keys moved, with Shift resized.
 */
export function MarkBox({ frame, box, onChange, label, describedBy = "marking-keys" }: Props) {
  const t = useTranslations("viewer.marking");
  const svg = useRef<SVGSVGElement>(null);
  const drag = useRef<Drag | null>(null);
  const [measure, size] = useSize<HTMLDivElement>();
  const shown = Math.min(size.width / frame.width, size.height / frame.height);
  const handle = shown > 0 ? HANDLE / shown : 0;
  const [left, top, right, bottom] = box;

  const spotOf = ({ clientX, clientY }: PointerEvent): Spot | null => {
    const matrix = svg.current?.getScreenCTM()?.inverse();
    if (!matrix) return null;
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix);
    return { x, y };
  };
  const begin = (grip: Drag["grip"], event: PointerEvent<SVGElement>) => {
    const from = spotOf(event);
    if (from === null || event.button !== 0) return;
    event.stopPropagation();
    svg.current?.setPointerCapture(event.pointerId);
    drag.current = { from, box, grip };
  };
  const go = (event: PointerEvent) => {
    const to = spotOf(event);
    if (drag.current === null || to === null) return;
    const { from, box: before, grip } = drag.current;
    onChange(
      grip === "new" ? drawnBox(from, to, frame) : gripped(before, grip, to.x - from.x, to.y - from.y, frame),
    );
  };
  const end = () => {
    drag.current = null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const arrow = ARROWS[event.key];
    if (arrow === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const step = stepOf(frame);
    onChange(gripped(box, event.shiftKey ? SIDES : WHOLE, arrow.x * step, arrow.y * step, frame));
  };

  return (
    <div
      ref={measure}
      role="application"
      aria-label={label ?? t("box", { left, top, width: right - left, height: bottom - top })}
      aria-describedby={describedBy}
      tabIndex={0}
      onKeyDown={onKeyDown}
      className="absolute inset-0 focus-visible:outline-3 focus-visible:-outline-offset-4"
    >
      <svg
        ref={svg}
        aria-hidden
        viewBox={`0 0 ${frame.width} ${frame.height}`}
        preserveAspectRatio="xMidYMid meet"
        className="absolute inset-0 size-full cursor-crosshair touch-none"
        onPointerDown={(event) => begin("new", event)}
        onPointerMove={go}
        onPointerUp={end}
        onPointerCancel={end}
      >
        <rect width={frame.width} height={frame.height} fill="transparent" />
        <path
          d={`M0 0H${frame.width}V${frame.height}H0ZM${left} ${top}V${bottom}H${right}V${top}Z`}
          fill={DARK}
          fillOpacity="0.45"
          pointerEvents="none"
        />
        {[
          { stroke: DARK, strokeWidth: 5 },
          { stroke: LIGHT, strokeWidth: 2 },
        ].map((line) => (
          <rect
            key={line.stroke}
            x={left}
            y={top}
            width={right - left}
            height={bottom - top}
            fill="transparent"
            vectorEffect="non-scaling-stroke"
            className="cursor-move"
            onPointerDown={(event) => begin(WHOLE, event)}
            {...line}
          />
        ))}
        {CORNERS.map((grip) => (
          <rect
            key={`${grip.left} ${grip.top}`}
            x={(grip.left ? left : right) - handle / 2}
            y={(grip.top ? top : bottom) - handle / 2}
            width={handle}
            height={handle}
            rx={handle / 2}
            fill={LIGHT}
            fillOpacity="0.85"
            stroke={DARK}
            strokeWidth="2"
            vectorEffect="non-scaling-stroke"
            className={grip.left === grip.top ? "cursor-nwse-resize" : "cursor-nesw-resize"}
            onPointerDown={(event) => begin(grip, event)}
          />
        ))}
      </svg>
    </div>
  );
}
