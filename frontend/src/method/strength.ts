import type { DatasetFigures } from "@/api/schema";

/** How good a figure is, in a key of `method.figures.strength`. */
export type Strength = "below" | "chance" | "weak" | "moderate" | "good" | "unknown" | "onlyReal";

const CHANCE = 0.5;
const WEAK_BELOW = 0.7;
const GOOD_FROM = 0.85;
// With fewer of a class than this, a single file moves the figures by two points and more.
const FEW = 50;

type Figures = Pick<DatasetFigures, "auc" | "auc_interval" | "real" | "fake">;

/** Word a figure as its range allows: what may as well be chance is called chance, however high the figure. */
export function strengthOf({ auc, auc_interval, real, fake }: Figures): Strength {
  if (auc === null) return "onlyReal";
  const range = ends(auc_interval);
  if (range === null && isFew({ real, fake })) return "unknown";
  const [low, high] = range ?? [auc, auc];
  if (high < CHANCE) return "below";
  if (low <= CHANCE) return "chance";
  if (auc < WEAK_BELOW) return "weak";
  return auc < GOOD_FROM ? "moderate" : "good";
}

/** Whether a class has so few files that its figures are rough. */
export function isFew({ real, fake }: Pick<DatasetFigures, "real" | "fake">): boolean {
  return Math.min(...[real, fake].filter((count) => count > 0)) < FEW;
}

/** Both ends of an interval; null where there is none. */
export function ends(interval: readonly number[] | null | undefined): readonly [number, number] | null {
  const [low, high] = interval ?? [];
  return low === undefined || high === undefined ? null : [low, high];
}

/** The least and the largest share that was flagged, among the sets that have one; null where none has. */
export function extremes(shares: readonly (number | null)[]): readonly [number, number] | null {
  const known = shares.filter((share) => share !== null);
  return known.length === 0 ? null : [Math.min(...known), Math.max(...known)];
}
