import { useCallback, useMemo, useRef, useState } from "react";

import type { Evidence, Top } from "@/viewer/evidence/evidence";
import { JUMP_MS, momentFrom, seekSeconds, stepTo, within } from "@/viewer/evidence/seek";

import { createClock, followFilm, type Clock } from "./clock";

/** What moves through the clip; without a video it still moves the cursor over the timeline. */
export type Player = {
  clock: Clock;
  /** The ref of the `<video>` to play. */
  attach(film: HTMLVideoElement): () => void;
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

/** A player of a result's clip, standing at its most suspicious moment. */
export function usePlayer(evidence: Evidence): Player {
  const { durationMs, frameMs, samples, tops } = evidence;
  const video = useRef<HTMLVideoElement>(null);
  const hold = useRef<() => void>(() => undefined);
  const [clock] = useState(() => createClock(tops[0]?.timeMs ?? samples[0]?.timeMs ?? 0));
  const [playing, setPlaying] = useState(false);
  const times = useMemo(() => samples.map(({ timeMs }) => timeMs), [samples]);

  const attach = useCallback(
    (film: HTMLVideoElement) => {
      video.current = film;
      const following = followFilm(film, clock);
      hold.current = following.hold;
      return () => {
        following.release();
        video.current = null;
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
      if (video.current) video.current.currentTime = seekSeconds(target, frameMs);
      else clock.show(target, true);
    },
    [clock, durationMs, frameMs],
  );

  const toggle = useCallback(() => {
    const film = video.current;
    if (!film) return;
    // A refusal to play (no source, a policy of the browser) leaves it paused, as its button says.
    if (film.paused) film.play().catch(() => undefined);
    else film.pause();
  }, []);

  return useMemo(
    () => ({
      clock,
      attach,
      playing,
      setPlaying,
      toggle,
      pause: () => video.current?.pause(),
      mute: (muted) => {
        if (video.current) video.current.muted = muted;
      },
      setSpeed: (speed) => {
        if (video.current) video.current.playbackRate = speed;
      },
      seek,
      step: (direction) => {
        const target = stepTo(times, clock.now().cursorMs, direction, frameMs);
        video.current?.pause();
        if (target !== null) seek(target);
      },
      jump: (direction) => seek(clock.now().cursorMs + direction * JUMP_MS),
      moment: (direction) => {
        const top = momentFrom(tops, clock.now().cursorMs, direction, frameMs);
        video.current?.pause();
        if (top) seek(top.timeMs);
        return top;
      },
    }),
    [clock, attach, playing, toggle, seek, times, frameMs, tops],
  );
}
