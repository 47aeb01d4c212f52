import { useCallback, useMemo, useRef, useState } from "react";

import type { ReviewFile } from "@/api/schema";
import { createClock, followVideo, type Clock } from "@/viewer/clock";

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
  const element = useRef<HTMLVideoElement>(null);
  const hold = useRef<() => void>(() => undefined);
  const [clock] = useState(() => createClock(0));
  const [playing, setPlaying] = useState(false);
  const durationMs = duration_ms ?? 0;
  const frameMs = durationMs > 0 && (frame_count ?? 0) > 0 ? durationMs / (frame_count ?? 1) : USUAL_FRAME_MS;

  const attach = useCallback(
    (video: HTMLVideoElement) => {
      element.current = video;
      const following = followVideo(video, clock);
      hold.current = following.hold;
      return () => {
        following.release();
        element.current = null;
        setPlaying(false);
      };
    },
    [clock],
  );

  return useMemo(() => {
    const seek = (ms: number) => {
      const target = Math.min(Math.max(0, ms), Math.max(0, durationMs - frameMs));
      clock.seek(target);
      hold.current();
      // The middle of the frame, so that rounding never shows its neighbour.
      if (element.current) element.current.currentTime = (target + frameMs / 2) / 1000;
    };
    const pause = () => element.current?.pause();
    return {
      clock,
      durationMs,
      frameMs,
      attach,
      playing,
      setPlaying,
      toggle: () => {
        const video = element.current;
        if (!video) return;
        // A refusal to play (no source, a policy of the browser) leaves it paused, as its button says.
        if (video.paused) video.play().catch(() => undefined);
        else video.pause();
      },
      pause,
      seek,
      move: (ms) => seek(clock.now().cursorMs + ms),
      step: (direction) => {
        pause();
        seek(clock.now().cursorMs + direction * frameMs);
      },
    };
  }, [clock, attach, playing, durationMs, frameMs]);
}
