import type { AnalysisResult, Label, Verdict } from "@/api/schema";

/** A verdict as it is worded: that of the server, but "none found" only where the bundle has earned it. */
export type Words = Label | "not_flagged";

type Labelled = { confidence_label: Label };
/** Up to which estimate the bundle says that there are no signs; absent in results of earlier releases. */
type Bound = { none_below?: number | null };

/**
 * The label to word. Earlier releases said "none found" of every file under the threshold, also where half of such test
 * files were manipulated; without the bundle's bound it is "not flagged".
 */
export function labelOf({ confidence_label: label, none_below }: Labelled & Bound): Words {
  return label === "none" && (none_below ?? null) === null ? "not_flagged" : label;
}

/** As `labelOf`, of one of the people of a result. */
export function personLabel(label: Label, result: AnalysisResult & Bound): Words {
  return labelOf({ confidence_label: label, none_below: result.none_below });
}

/** Whether a verdict comes with an estimate. */
export function isEstimated(words: Words): boolean {
  return words === "strong" || words === "signs" || words === "none" || words === "not_flagged";
}

/** The one rule for estimates: only a verdict has one. Null where it is withheld, on every page and in every export. */
export function estimateGiven(verdict: Verdict | null, estimate: number | null): number | null {
  return verdict === "manipulated" || verdict === "no_signs" ? estimate : null;
}

/** The lowest probability that a result's model can give, 0 to 1; null where it is not known. */
export function lowestEstimate({ model }: Pick<AnalysisResult, "model">): number | null {
  if (model.calibration === null) return null;
  const { slope, intercept, floor } = model.calibration;
  return 1 / (1 + Math.exp(-(slope * floor + intercept)));
}

/** Whether an estimate with its whole range, where it has one, lies at the lowest probability that the model can give. */
export function isLowest(
  estimate: number,
  range: readonly [number, number] | null,
  lowest: number | null,
): boolean {
  return lowest !== null && Math.abs((range?.[1] ?? estimate) - lowest) < 0.0005;
}
