import { useCallback, useMemo, useState } from "react";

import type { Evidence, Top } from "@/viewer/evidence/evidence";
import { JUMP_MS, momentFrom, seekSeconds, stepTo, within } from "@/viewer/evidence/seek";

import { createClock, type Clock } from "./clock";
import { useVideoElement } from "./video-element";

/** What moves through the clip; without a video it still moves the cursor over the timeline. */
export type Player = {
  clock: Clock;
  /** The video that plays; null where there is none. */
  video(): HTMLVideoElement | null;
  /** The ref of the `<video>` to play. */
  attach(video: HTMLVideoElement): () => void;
  playing: boolean;
  setPlaying(playing: boolean): void;
  toggle(): void;
  pause(): void;
  mute(muted: boolean): void;
  /** Speed as a multiple of the clip's own. */
  setSpeed(speed: number): void;
  seek(ms: number): void;
  /** To the sampled frame before or after. */
  step(direction: -1 | 1): void;
  /** Five seconds back or on. */
  jump(direction: -1 | 1): void;
  /** To the top moment before or after; the moment, or null where there is none. */
  moment(direction: -1 | 1): Top | null;
};

/** A player of a result's clip, standing at `startMs`, else at its most suspicious moment. */
export function usePlayer(evidence: Evidence, startMs: number | null): Player {
  const { durationMs, frameMs, samples, tops } = evidence;
  const [clock] = useState(() =>
    createClock(within(startMs ?? tops[0]?.timeMs ?? samples[0]?.timeMs ?? 0, durationMs)),
  );
  const { video, attach, hold, playing, setPlaying, toggle, pause, change } = useVideoElement(clock);
  const times = useMemo(() => samples.map(({ timeMs }) => timeMs), [samples]);

  const seek = useCallback(
    (ms: number) => {
      const target = within(ms, durationMs);
      clock.seek(target);
      hold();
      if (!change({ currentTime: seekSeconds(target, frameMs) })) clock.show(target, true);
    },
    [clock, hold, change, durationMs, frameMs],
  );

  return useMemo(
    () => ({
      clock,
      video,
      attach,
      playing,
      setPlaying,
      toggle,
      pause,
      mute: (muted) => {
        change({ muted });
      },
      setSpeed: (speed) => {
        change({ playbackRate: speed });
      },
      seek,
      step: (direction) => {
        const target = stepTo(times, clock.now().cursorMs, direction, frameMs);
        pause();
        if (target !== null) seek(target);
      },
      jump: (direction) => seek(clock.now().cursorMs + direction * JUMP_MS),
      moment: (direction) => {
        const top = momentFrom(tops, clock.now().cursorMs, direction, frameMs);
        pause();
        if (top) seek(top.timeMs);
        return top;
      },
    }),
    [clock, video, attach, playing, setPlaying, toggle, pause, change, seek, times, frameMs, tops],
  );
}
