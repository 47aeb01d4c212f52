/** Milliseconds without an event after which a stream is no longer relied on. */
export const SILENCE = 10_000;
/** Milliseconds between two tries to open a stream that was refused. */
export const REOPEN = 10_000;

const STEPS = [1_000, 2_000, 5_000] as const;
const HIDDEN = 15_000;

/**
 * Milliseconds until the next poll, after `polls` in a row: within 1, 2, then 5 seconds, and 15 when nobody looks.
 * A tenth less, so that the answer is shown by then, and by chance up to a fifth more, so that the pages of a
 * restarted server do not all ask at once.
 */
export function pollPause(polls: number, hidden: boolean, random: () => number = Math.random): number {
  const step = hidden ? HIDDEN : (STEPS[Math.min(polls, STEPS.length - 1)] ?? HIDDEN);
  return step * (0.9 - 0.2 * random());
}
