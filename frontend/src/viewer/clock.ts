import { useSyncExternalStore } from "react";

/** Where the reader is, and which picture is on the screen. Milliseconds from the first frame. */
export type Time = {
  /** The chosen time: playhead and lanes. */
  cursorMs: number;
  /** The time of the picture that is shown; null before there is one. Boxes go by this. */
  shownMs: number | null;
};

/** A time that many parts follow, each redrawn only when what it takes from it changes. */
export type Clock = {
  now(): Time;
  /** A time was chosen; the picture follows. */
  seek(ms: number): void;
  /** A picture has come to the screen; with `following` the cursor goes along. */
  show(ms: number, following: boolean): void;
  subscribe(listener: () => void): () => void;
};

/** A clock that stands at `startMs` and shows nothing yet. */
export function createClock(startMs: number): Clock {
  let time: Time = { cursorMs: startMs, shownMs: null };
  const listeners = new Set<() => void>();
  const become = (next: Time) => {
    time = next;
    listeners.forEach((listener) => listener());
  };
  return {
    now: () => time,
    seek: (ms) => become({ ...time, cursorMs: ms }),
    show: (ms, following) => become({ shownMs: ms, cursorMs: following ? ms : time.cursorMs }),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What `take` makes of the time now: a number, text or null, so that equal values redraw nothing. */
export function useClock<T extends number | string | boolean | null>(
  clock: Clock,
  take: (time: Time) => T,
): T {
  const get = () => take(clock.now());
  return useSyncExternalStore(clock.subscribe, get, get);
}

/**
 * Let the clock follow the pictures of a video as they reach the screen, by `requestVideoFrameCallback`; browsers
 * without it report the current time, which may be a frame ahead of the picture. Returns what ends it and what holds the
 * cursor at the chosen time, until the video plays on from there.
 */
export function followFilm(film: HTMLVideoElement, clock: Clock): { release: () => void; hold: () => void } {
  let held = true;
  const letGo = () => {
    if (!film.paused) held = false;
  };
  film.addEventListener("play", letGo);
  film.addEventListener("seeked", letGo);
  const show = (ms: number) => clock.show(ms, !held);
  const end = "requestVideoFrameCallback" in film ? byFrame(film, show) : byTime(film, show);
  return {
    hold: () => {
      held = true;
    },
    release: () => {
      end();
      film.removeEventListener("play", letGo);
      film.removeEventListener("seeked", letGo);
    },
  };
}

type Show = (ms: number) => void;

function byFrame(film: HTMLVideoElement, show: Show): () => void {
  let handle = 0;
  const shown: VideoFrameRequestCallback = (_now, { mediaTime }) => {
    show(mediaTime * 1000);
    handle = film.requestVideoFrameCallback(shown);
  };
  handle = film.requestVideoFrameCallback(shown);
  return () => film.cancelVideoFrameCallback(handle);
}

function byTime(film: HTMLVideoElement, show: Show): () => void {
  let handle = 0;
  const report = () => show(film.currentTime * 1000);
  const tick = () => {
    report();
    if (!film.paused) handle = requestAnimationFrame(tick);
  };
  film.addEventListener("play", tick);
  film.addEventListener("seeked", report);
  film.addEventListener("loadeddata", report);
  return () => {
    cancelAnimationFrame(handle);
    film.removeEventListener("play", tick);
    film.removeEventListener("seeked", report);
    film.removeEventListener("loadeddata", report);
  };
}
