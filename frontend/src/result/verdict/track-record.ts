import type { AnalysisResult } from "@/api/schema";

/** How often files with such an estimate were manipulated in the model's tests. */
export type TrackRecord = {
  /** Manipulated ones of 100 files, 0 to 100. */
  hits: number;
  /** Manipulated ones of 100 among all test files. */
  share: number;
  /** Whether half of all test files were manipulated, to be said in a word. */
  half: boolean;
};

/**
 * Look the estimate up in the model's reliability table: rows of mean estimate, observed share and number of files.
 * Null without an estimate that counts (no verdict) and without rows: then nothing is said.
 */
export function trackRecord(result: AnalysisResult): TrackRecord | null {
  const { final_score, predicted_manipulation, model } = result;
  if (final_score === null || predicted_manipulation === null) return null;
  const row = nearest(model.reliability, final_score);
  if (row === null) return null;
  const share = Math.round(100 * model.base_rate);
  return { hits: Math.round(100 * row.observed), share, half: share === 50 };
}

type Row = { estimate: number; observed: number };

function nearest(table: readonly (readonly number[])[], estimate: number): Row | null {
  let found: Row | null = null;
  for (const [mean, observed, files] of table) {
    if (mean === undefined || observed === undefined || files === 0) continue;
    if (found === null || Math.abs(mean - estimate) < Math.abs(found.estimate - estimate))
      found = { estimate: mean, observed };
  }
  return found;
}
