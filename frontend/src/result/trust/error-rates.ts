import type { AnalysisResult, DatasetFigures, ModelCard } from "@/api/schema";

/** What the model did on a test set, in files. What was not measured is null. */
export type ErrorRates = {
  dataset: string;
  kind: "image" | "video";
  /** Unmanipulated files said to have signs, of how many. */
  falseAlarms: Count | null;
  /** Manipulated files said to have signs, of how many. */
  found: Count | null;
  /** Files without a verdict, of how many. */
  noVerdict: Count | null;
};

export type Count = { part: number; whole: number };

/** The card of the model that scored the file; null when the server has another one by now. */
export function cardOf(result: AnalysisResult, served: ModelCard | null | undefined): ModelCard | null {
  if (served === null || served === undefined) return null;
  const { bundle, version, sha256 } = result.model;
  if (typeof sha256 === "string") return sha256 === served.sha256 ? served : null;
  return bundle === served.bundle && version === served.version ? served : null;
}

/**
 * Whether a file was judged by the rule that its model was measured with. The ends of the band tell it: between them no
 * threshold matters.
 */
export function byOwnRule(
  { abstain_band: used }: AnalysisResult,
  { own_abstain_band: own }: ModelCard,
): boolean {
  return own.every((end, index) => Math.abs(end - (used[index] ?? NaN)) < 1e-6);
}

/** Error rates per test set, those of files of this kind first, the larger sets first among them. */
export function errorRates(card: ModelCard, kind: "image" | "video"): ErrorRates[] {
  const size = (figures: DatasetFigures) => figures.real + figures.fake;
  return [...card.datasets]
    .sort((one, other) => rank(one, kind) - rank(other, kind) || size(other) - size(one))
    .map((figures) => ({
      dataset: figures.dataset,
      kind: figures.unit === "video" ? "video" : "image",
      falseAlarms: count(figures.flagged_real, figures.real),
      found: count(figures.flagged_fake, figures.fake),
      noVerdict: count(figures.abstained, size(figures)),
    }));
}

function rank(figures: DatasetFigures, kind: "image" | "video"): number {
  return figures.unit === kind ? 0 : 1;
}

function count(share: number | null, whole: number): Count | null {
  return share === null || whole === 0 ? null : { part: Math.round(share * whole), whole };
}
