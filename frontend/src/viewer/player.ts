import { useCallback, useMemo, useRef, useState } from "react";

import type { Evidence, Top } from "@/viewer/evidence/evidence";
import { JUMP_MS, momentFrom, seekSeconds, stepTo, within } from "@/viewer/evidence/seek";

import { createClock, followVideo, type Clock } from "./clock";

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
  const element = useRef<HTMLVideoElement>(null);
  const hold = useRef<() => void>(() => undefined);
  const [clock] = useState(() =>
    createClock(within(startMs ?? tops[0]?.timeMs ?? samples[0]?.timeMs ?? 0, durationMs)),
  );
  const [playing, setPlaying] = useState(false);
  const times = useMemo(() => samples.map(({ timeMs }) => timeMs), [samples]);

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

  const seek = useCallback(
    (ms: number) => {
      const target = within(ms, durationMs);
      clock.seek(target);
      hold.current();
      if (element.current) element.current.currentTime = seekSeconds(target, frameMs);
      else clock.show(target, true);
    },
    [clock, durationMs, frameMs],
  );

  const toggle = useCallback(() => {
    const video = element.current;
    if (!video) return;
    // A refusal to play (no source, a policy of the browser) leaves it paused, as its button says.
    if (video.paused) video.play().catch(() => undefined);
    else video.pause();
  }, []);

  return useMemo(
    () => ({
      clock,
      video: () => element.current,
      attach,
      playing,
      setPlaying,
      toggle,
      pause: () => element.current?.pause(),
      mute: (muted) => {
        if (element.current) element.current.muted = muted;
      },
      setSpeed: (speed) => {
        if (element.current) element.current.playbackRate = speed;
      },
      seek,
      step: (direction) => {
        const target = stepTo(times, clock.now().cursorMs, direction, frameMs);
        element.current?.pause();
        if (target !== null) seek(target);
      },
      jump: (direction) => seek(clock.now().cursorMs + direction * JUMP_MS),
      moment: (direction) => {
        const top = momentFrom(tops, clock.now().cursorMs, direction, frameMs);
        element.current?.pause();
        if (top) seek(top.timeMs);
        return top;
      },
    }),
    [clock, attach, playing, toggle, seek, times, frameMs, tops],
  );
}
