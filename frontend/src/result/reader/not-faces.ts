"use client";

import { useCallback, useMemo, useSyncExternalStore } from "react";

const PREFIX = "deepshield.not-faces.";
const CHANGED = "deepshield:not-faces";

export type NotFaces = {
  /** Letters of the people that the reader says are no faces. */
  letters: readonly string[];
  toggle: (letter: string) => void;
};

/** What the reader of a result says of its people, kept in this browser with the job. */
export function useNotFaces(job: string): NotFaces {
  const stored = useSyncExternalStore(
    subscribe,
    () => read(job),
    () => "",
  );
  const letters = useMemo(() => (stored === "" ? [] : stored.split(",")), [stored]);
  const toggle = useCallback(
    (letter: string) => {
      const next = letters.includes(letter)
        ? letters.filter((each) => each !== letter)
        : [...letters, letter].sort();
      write(job, next);
    },
    [job, letters],
  );
  return { letters, toggle };
}

function subscribe(changed: () => void): () => void {
  addEventListener(CHANGED, changed);
  addEventListener("storage", changed);
  return () => {
    removeEventListener(CHANGED, changed);
    removeEventListener("storage", changed);
  };
}

function read(job: string): string {
  try {
    const text = localStorage.getItem(PREFIX + job) ?? "";
    return /^[A-Z]+(,[A-Z]+)*$/.test(text) ? text : "";
  } catch {
    return ""; // storage is forbidden: nothing is kept
  }
}

function write(job: string, letters: readonly string[]): void {
  try {
    if (letters.length === 0) localStorage.removeItem(PREFIX + job);
    else localStorage.setItem(PREFIX + job, letters.join(","));
  } catch {
    // nothing is kept, and nothing changes
  }
  dispatchEvent(new Event(CHANGED));
}
