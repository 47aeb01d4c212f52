import type { PolicyRule } from "@/api/schema";

export const LEAST = 0.001;
export const MOST = 0.999;

export type End = "threshold" | "abstain_low" | "abstain_high";

/**
 * The rule with one of its values moved. The band goes along with the threshold, as far as there is room; each of
 * its ends stops at the threshold.
 */
export function moved(rule: PolicyRule, end: End, to: number): PolicyRule {
  const { threshold, abstain_low: low, abstain_high: high } = rule;
  if (end === "abstain_low") return { ...rule, abstain_low: Math.min(within(to, 0, 1), threshold) };
  if (end === "abstain_high") return { ...rule, abstain_high: Math.max(within(to, 0, 1), threshold) };
  const at = within(to, LEAST, MOST);
  return {
    ...rule,
    threshold: at,
    abstain_low: within(at - (threshold - low), 0, at),
    abstain_high: within(at + (high - threshold), at, 1),
  };
}

/** A whole number or a share as it was typed; null where it makes no sense. A point or a comma parts digits. */
export function typedNumber(text: string): number | null {
  const number = Number(text.trim().replace(",", "."));
  return text.trim() === "" || !Number.isFinite(number) ? null : number;
}

/** To a thousandth, as far as a slider goes; within its bounds. */
function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.round(1000 * value) / 1000));
}
