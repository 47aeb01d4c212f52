import { useMemo, useState } from "react";

import type { ReviewFile } from "@/api/schema";
import { createClock, type Clock } from "@/viewer/clock";
import { useVideoElement } from "@/viewer/video-element";

const USUAL_FRAME_MS = 40;

/** What moves through a film; of a photo it does nothing. Times are milliseconds from the first frame. */
export type Player = {
  clock: Clock;
  durationMs: number;
  /** How long a coded frame lasts. */
  frameMs: number;
  /** The ref of the `<video>` to play. */
  attach(video: HTMLVideoElement): () => void;
  playing: boolean;
  setPlaying(playing: boolean): void;
  toggle(): void;
  pause(): void;
  seek(ms: number): void;
  /** Go by as many milliseconds, on or back. */
  move(ms: number): void;
  /** Pause, and go to the frame before or after. */
  step(direction: -1 | 1): void;
};

/** A player of a review's file, standing at its start. */
export function usePlayer({ duration_ms, frame_count }: ReviewFile): Player {
  const [clock] = useState(() => createClock(0));
  const { attach, hold, playing, setPlaying, toggle, pause, change } = useVideoElement(clock);
  const durationMs = duration_ms ?? 0;
  const frameMs = durationMs > 0 && (frame_count ?? 0) > 0 ? durationMs / (frame_count ?? 1) : USUAL_FRAME_MS;

  return useMemo(() => {
    const seek = (ms: number) => {
      const target = Math.min(Math.max(0, ms), Math.max(0, durationMs - frameMs));
      clock.seek(target);
      hold();
      // The middle of the frame, so that rounding never shows its neighbour.
      change({ currentTime: (target + frameMs / 2) / 1000 });
    };
    return {
      clock,
      durationMs,
      frameMs,
      attach,
      playing,
      setPlaying,
      toggle,
      pause,
      seek,
      move: (ms) => seek(clock.now().cursorMs + ms),
      step: (direction) => {
        pause();
        seek(clock.now().cursorMs + direction * frameMs);
      },
    };
  }, [clock, attach, hold, playing, setPlaying, toggle, pause, change, durationMs, frameMs]);
}
