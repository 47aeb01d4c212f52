/**
 * Move labels apart: places at least `gap` from one another and within `[low, high]`, in the same order and as near to
 * `wanted` (ascending) as least squares has them. With too little room they share it evenly.
 */
export function spread(
  wanted: readonly number[],
  gap: number,
  [low, high]: readonly [number, number],
): number[] {
  const steps = Math.max(1, wanted.length - 1);
  const fitting = Math.min(gap, Math.max(0, high - low) / steps);
  const free = ascending(wanted.map((place, i) => place - i * fitting));
  const top = Math.max(low, high - (wanted.length - 1) * fitting);
  return free.map((place, i) => Math.min(top, Math.max(low, place)) + i * fitting);
}

/** Isotonic regression: neighbours in the wrong order are pooled to their mean. */
function ascending(values: readonly number[]): number[] {
  const pools: { mean: number; size: number }[] = [];
  for (const value of values) {
    let pool = { mean: value, size: 1 };
    for (let last = pools.at(-1); last && last.mean > pool.mean; last = pools.at(-1)) {
      pools.pop();
      const size = last.size + pool.size;
      pool = { mean: (last.mean * last.size + pool.mean * pool.size) / size, size };
    }
    pools.push(pool);
  }
  return pools.flatMap(({ mean, size }) => new Array<number>(size).fill(mean));
}
