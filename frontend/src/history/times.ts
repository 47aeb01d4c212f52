const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** How many calendar days of the reader's lie between two moments: 0 for the same day, 1 for yesterday. */
export function daysAgo(then: Date, now: Date): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(now) - midnight(then)) / DAY_MS);
}

/** A span cut to whole units of its largest one, in milliseconds: 19 h 58 min is 19 h; a minute at least. */
export function roughly(milliseconds: number): number {
  for (const unit of [DAY_MS, HOUR_MS]) {
    if (milliseconds >= unit) return Math.floor(milliseconds / unit) * unit;
  }
  return Math.max(MINUTE_MS, Math.floor(milliseconds / MINUTE_MS) * MINUTE_MS);
}
