import { useSyncExternalStore } from "react";

/** Where the reader is, and which picture is on the screen. Milliseconds from the first frame. */
export type Time = {
  /** The place asked for: playhead and lanes. */
  cursorMs: number;
  /** The time of the picture that is shown; null before there is one. Boxes go by this. */
  shownMs: number | null;
};

/** A time that many parts follow, each redrawn only when what it takes from it changes. */
export type Clock = {
  now(): Time;
  /** A place was asked for; the picture follows. */
  ask(ms: number): void;
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
    ask: (ms) => become({ ...time, cursorMs: ms }),
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
