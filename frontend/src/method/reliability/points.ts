/** A group of test files with similar estimates. */
export type Point = {
  /** Mean estimate, 0 to 1. */
  estimate: number;
  /** Share that was manipulated, 0 to 1. */
  share: number;
  files: number;
  /** 95 % range of that share. */
  range: readonly [number, number];
};

const Z = 1.959964; // 97.5 % of a normal distribution

type Table = readonly (readonly number[])[];

/**
 * Read the reliability table, rows of mean estimate, share and count, with the intervals of their shares where the model
 * has them; rows that make no sense are left out.
 */
export function toPoints(table: Table, intervals: Table = []): Point[] {
  return table
    .flatMap(([estimate, share, files], index) => {
      if (!isShare(estimate) || !isShare(share) || files === undefined || !(files >= 1)) return [];
      const [low, high] = intervals[index] ?? [];
      const range = isShare(low) && isShare(high) ? ([low, high] as const) : wilson(share, files);
      return [{ estimate, share, files, range }];
    })
    .sort((one, other) => one.estimate - other.estimate);
}

/** Wilson's score interval of a share of `files` (Wilson, JASA 1927): stays within 0 to 1, also at the ends. */
export function wilson(share: number, files: number): readonly [number, number] {
  const square = Z ** 2;
  const middle = (share + square / (2 * files)) / (1 + square / files);
  const half =
    (Z / (1 + square / files)) * Math.sqrt((share * (1 - share)) / files + square / (4 * files ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** Whether the estimate lies outside the range of what was found. */
export function isOff({ estimate, range: [low, high] }: Point): boolean {
  return estimate < low || estimate > high;
}

function isShare(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value <= 1;
}
