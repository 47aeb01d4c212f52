"use client";

import { useState, type KeyboardEvent, type PointerEvent, type ReactNode, type Ref } from "react";
import { useClock } from "@/viewer/clock";
import type { Evidence, Sample } from "@/viewer/evidence/evidence";
import { nearestIndex } from "@/viewer/evidence/sampling";
import type { Player } from "@/viewer/player";

type Props = {
  evidence: Evidence;
  /** What the lane is of: a person's letter, or "sound". */
  of: string;
  label: string;
  /** What a screen reader says of the sample that the cursor is at. */
  said: (sample: Sample | undefined) => string;
  player: Player;
  /** The place in time under a pointer, from the left edge of the lane in CSS pixels. */
  timeAt: (px: number) => number;
  onSeek: (ms: number) => void;
  onHover: (ms: number | null) => void;
  /** A top moment's number was pressed. */
  onMoment?: (rank: number) => void;
  ref?: Ref<HTMLDivElement>;
  children: ReactNode;
};

/**
 * A lane as a slider over the sampled frames: one tab stop; arrows go one sample, with Shift or Page keys five
 * seconds, Home and End to the ends; a click goes to the nearest sample, dragging does the same as clicking.
 */
export function LaneSlider({
  evidence,
  of,
  label,
  said,
  player,
  timeAt,
  onSeek,
  onHover,
  onMoment,
  ref,
  children,
}: Props) {
  const [dragging, setDragging] = useState(false);
  const { samples, durationMs } = evidence;
  const index = useClock(player.clock, ({ cursorMs }) =>
    nearestIndex(
      samples.map(({ timeMs }) => timeMs),
      cursorMs,
    ),
  );
  const sample = index === null ? undefined : samples[index];

  const timeUnder = (event: PointerEvent<HTMLDivElement>) =>
    timeAt(event.clientX - event.currentTarget.getBoundingClientRect().left);

  const down = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    const mark = event.target instanceof Element ? event.target.closest("[data-moment]") : null;
    if (mark) return onMoment?.(Number(mark.getAttribute("data-moment")));
    event.currentTarget.setPointerCapture?.(event.pointerId);
    setDragging(true);
    onSeek(timeUnder(event));
  };

  return (
    <div
      ref={ref}
      role="slider"
      tabIndex={0}
      data-lane={of}
      aria-label={label}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={Math.round(durationMs)}
      aria-valuenow={Math.round(sample?.timeMs ?? 0)}
      aria-valuetext={said(sample)}
      className="relative cursor-crosshair touch-pan-y scroll-mt-[50dvh] rounded-control @2xl:scroll-mt-24"
      onKeyDown={(event) => move(event, evidence, player)}
      onPointerDown={down}
      onPointerMove={(event) => {
        onHover(timeUnder(event));
        if (dragging) onSeek(timeUnder(event));
      }}
      onPointerUp={() => setDragging(false)}
      onPointerCancel={() => setDragging(false)}
      onPointerLeave={() => onHover(null)}
    >
      {children}
    </div>
  );
}

/** The keys of a slider; they work also where the viewer's own keys are off. */
function move(event: KeyboardEvent, { samples }: Evidence, player: Player) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const back = event.key === "ArrowLeft" || event.key === "ArrowDown";
  const on = event.key === "ArrowRight" || event.key === "ArrowUp";
  const direction = back ? -1 : 1;
  if ((back || on) && event.shiftKey) player.jump(direction);
  else if (back || on) player.step(direction);
  else if (event.key === "PageDown") player.jump(-1);
  else if (event.key === "PageUp") player.jump(1);
  else if (event.key === "Home") player.seek(samples[0]?.timeMs ?? 0);
  else if (event.key === "End") player.seek(samples.at(-1)?.timeMs ?? 0);
  else return;
  event.preventDefault();
}
