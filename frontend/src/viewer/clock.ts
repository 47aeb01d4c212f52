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
  const update = (next: Time) => {
    time = next;
    listeners.forEach((listener) => listener());
  };
  return {
    now: () => time,
    seek: (ms) => update({ ...time, cursorMs: ms }),
    show: (ms, following) => update({ shownMs: ms, cursorMs: following ? ms : time.cursorMs }),
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
export function followVideo(
  video: HTMLVideoElement,
  clock: Clock,
): { release: () => void; hold: () => void } {
  let held = true;
  const letCursorFollow = () => {
    if (!video.paused) held = false;
  };
  video.addEventListener("play", letCursorFollow);
  video.addEventListener("seeked", letCursorFollow);
  const show = (ms: number) => clock.show(ms, !held);
  const end = "requestVideoFrameCallback" in video ? byFrame(video, show) : byTime(video, show);
  return {
    hold: () => {
      held = true;
    },
    release: () => {
      end();
      video.removeEventListener("play", letCursorFollow);
      video.removeEventListener("seeked", letCursorFollow);
    },
  };
}

type Show = (ms: number) => void;

function byFrame(video: HTMLVideoElement, show: Show): () => void {
  let handle = 0;
  const shown: VideoFrameRequestCallback = (_now, { mediaTime }) => {
    show(mediaTime * 1000);
    handle = video.requestVideoFrameCallback(shown);
  };
  handle = video.requestVideoFrameCallback(shown);
  return () => video.cancelVideoFrameCallback(handle);
}

function byTime(video: HTMLVideoElement, show: Show): () => void {
  let handle = 0;
  const report = () => show(video.currentTime * 1000);
  const tick = () => {
    report();
    if (!video.paused) handle = requestAnimationFrame(tick);
  };
  video.addEventListener("play", tick);
  video.addEventListener("seeked", report);
  video.addEventListener("loadeddata", report);
  return () => {
    cancelAnimationFrame(handle);
    video.removeEventListener("play", tick);
    video.removeEventListener("seeked", report);
    video.removeEventListener("loadeddata", report);
  };
}
