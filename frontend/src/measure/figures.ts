import { percent, percentRange } from "@/i18n/format";

const NONE = "–";

/** A share in percent, or a dash for one that is not defined. */
export function share(value: number | null): string {
  return value === null ? NONE : percent(value);
}

/** An AUC with two digits and its interval; a dash where a class is missing. */
export function auc(value: number | null, interval: readonly number[] | null): string {
  if (value === null) return NONE;
  const [low, high] = interval ?? [];
  if (low === undefined || high === undefined) return value.toFixed(2);
  return `${value.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

/** An interval of shares in percent. */
export function range(interval: readonly number[]): string {
  const [low = 0, high = 1] = interval;
  return percentRange([low, high]);
}

/** A p with two digits that count; very small ones as a bound. */
export function probability(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}
