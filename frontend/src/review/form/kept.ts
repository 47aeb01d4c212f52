import { useEffect, useState } from "react";

import { EMPTY, type Draft, type Region } from "./draft";

const STORED = "deepshield.review.draft."; // removed with all else of the account when somebody signs out
const KEPT_MS = 30 * 86_400_000;

type Stored = { at: number; draft: Draft };

/** What was filled in for a task in this browser, as far as it can be read. */
export function readDraft(storage: Storage, id: string): Draft {
  const stored = parsed(storage.getItem(STORED + id));
  if (stored === null) return EMPTY;
  const draft = { ...EMPTY, ...stored.draft };
  // A page of an earlier release has kept the selectors alone.
  const regions = (draft.regions as readonly (Region | string)[]).map((one) =>
    typeof one === "string" ? { selector: one } : one,
  );
  return { ...draft, regions };
}

/** Keep what is filled in for a task; nothing is kept of an empty form, and nothing for longer than 30 days. */
export function keepDraft(storage: Storage, id: string, draft: Draft, now: number): void {
  const old = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "")
    .filter((key) => key.startsWith(STORED))
    .filter((key) => now - (parsed(storage.getItem(key))?.at ?? 0) > KEPT_MS);
  for (const key of old) storage.removeItem(key);
  if (JSON.stringify(draft) === JSON.stringify(EMPTY)) storage.removeItem(STORED + id);
  else storage.setItem(STORED + id, JSON.stringify({ at: now, draft } satisfies Stored));
}

/** Forget what was filled in for a task: it is handed in. */
export function dropDraft(id: string): void {
  try {
    localStorage.removeItem(STORED + id);
  } catch {
    // storage can be forbidden
  }
}

/** The draft of a task, kept in this browser with each change until `dropDraft`. */
export function useDraft(id: string): [Draft, (change: (draft: Draft) => Draft) => void] {
  const [draft, setDraft] = useState(() => {
    try {
      return readDraft(localStorage, id);
    } catch {
      return EMPTY;
    }
  });
  useEffect(() => {
    try {
      keepDraft(localStorage, id, draft, Date.now());
    } catch {
      // storage can be forbidden or full: the page itself still has it
    }
  }, [id, draft]);
  return [draft, setDraft];
}

function parsed(text: string | null): Stored | null {
  try {
    const found: unknown = JSON.parse(text ?? "null");
    const whole = typeof found === "object" && found !== null && "at" in found && "draft" in found;
    return whole ? (found as Stored) : null;
  } catch {
    return null;
  }
}
