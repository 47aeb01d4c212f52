import type { AnalysisResult } from "@/api/schema";
import { estimateGiven } from "@/ui/verdict";

import { pair } from "./scale";

/** How often files with estimates near this one were manipulated in the model's tests. Numbers are of 100 files. */
export type TrackRecord = {
  /** Mean estimate of the files that were counted, in per cent. */
  average: number;
  /** Manipulated ones among them. */
  hits: number;
  /** Where that share lies with 95 % probability: as the model gives it, else by the number of files it was counted on. */
  range: readonly [number, number];
  /** Manipulated ones among all test files. */
  share: number;
  /** Whether half of all test files were manipulated, to be said in a word. */
  half: boolean;
  /** Whether the estimate lies above all that the counted files make likely. */
  beyond: boolean;
};

type Row = {
  estimate: number;
  hits: number;
  files: number;
  /** The model's own interval of the share, 0 to 1; wider than that of the number, since files of one clip are alike. */
  interval: readonly [number, number] | null;
};
/** Neighbouring rows whose observed shares do not rise are one. */
type Pool = { rows: Row[]; hits: number; files: number };

/**
 * Look the estimate up in the model's reliability table: rows of mean estimate, observed share and number of files.
 * A higher estimate never goes with a lower share, so rows are pooled until the shares rise (isotonic regression).
 * Null where the estimate is withheld and without rows: then nothing is said.
 */
export function trackRecord(result: AnalysisResult): TrackRecord | null {
  const estimate = estimateGiven(result.verdict, result.final_score);
  if (estimate === null) return null;
  const pool = nearest(rising(rowsOf(result)), estimate);
  if (pool === null) return null;
  const share = Math.round(100 * result.model.base_rate);
  const range = rangeOf(pool);
  const average = sum(pool.rows.map((row) => row.estimate * row.files)) / pool.files;
  return {
    average: Math.round(100 * average),
    hits: Math.round((100 * pool.hits) / pool.files),
    range,
    share,
    half: share === 50,
    beyond: Math.round(100 * estimate) > range[1],
  };
}

/**
 * Manipulated ones of 100 test files whose estimate lay under the part of the scale without a verdict, as of files that
 * are not flagged; null without such rows.
 */
export function missedShare(result: AnalysisResult): number | null {
  const [low] = result.abstain_band;
  const under = rowsOf(result).filter(({ estimate }) => low !== undefined && estimate <= low);
  const [hits, files] = [sum(under.map((row) => row.hits)), sum(under.map((row) => row.files))];
  return files === 0 ? null : Math.round((100 * hits) / files);
}

function rowsOf({ model }: AnalysisResult): Row[] {
  return model.reliability
    .flatMap(([estimate, observed, files], index) =>
      estimate === undefined || observed === undefined || !files
        ? []
        : [{ estimate, hits: observed * files, files, interval: pair(model.reliability_intervals?.[index]) }],
    )
    .sort((one, other) => one.estimate - other.estimate);
}

function rising(rows: readonly Row[]): Pool[] {
  const pools: Pool[] = [];
  for (const row of rows) {
    let pool: Pool = { rows: [row], hits: row.hits, files: row.files };
    for (
      let last = pools.at(-1);
      last && last.hits / last.files >= pool.hits / pool.files;
      last = pools.at(-1)
    ) {
      pools.pop();
      pool = {
        rows: [...last.rows, ...pool.rows],
        hits: last.hits + pool.hits,
        files: last.files + pool.files,
      };
    }
    pools.push(pool);
  }
  return pools;
}

function nearest(pools: readonly Pool[], estimate: number): Pool | null {
  const distance = (pool: Pool) => Math.min(...pool.rows.map((row) => Math.abs(row.estimate - estimate)));
  return pools.reduce<Pool | null>(
    (found, pool) => (found === null || distance(pool) < distance(found) ? pool : found),
    null,
  );
}

/** The range of a pool in whole files of 100; rows that were pooled here have none of the model's. */
function rangeOf({ rows, hits, files }: Pool): readonly [number, number] {
  const interval = rows.length === 1 ? rows[0]?.interval : null;
  return interval ? [Math.round(100 * interval[0]), Math.round(100 * interval[1])] : wilson(hits, files);
}

const Z95 = 1.96;

/** Wilson's interval of a share, in whole files of 100. */
function wilson(hits: number, files: number): readonly [number, number] {
  const share = hits / files;
  const scale = 1 + Z95 ** 2 / files;
  const middle = (share + Z95 ** 2 / (2 * files)) / scale;
  const reach = (Z95 / scale) * Math.sqrt((share * (1 - share)) / files + Z95 ** 2 / (4 * files ** 2));
  return [Math.round(100 * Math.max(0, middle - reach)), Math.round(100 * Math.min(1, middle + reach))];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
