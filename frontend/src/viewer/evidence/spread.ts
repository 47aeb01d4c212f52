/**
 * Move labels apart: positions at least `gap` from one another and within `[low, high]`, in the same order and as near
 * to `wanted` (ascending) as pushing in both directions allows. With too little room they share it evenly.
 */
export function spread(wanted: readonly number[], gap: number, [low, high]: readonly [number, number]): number[] {
  const fitting = wanted.length > 1 ? Math.min(gap, Math.max(0, high - low) / (wanted.length - 1)) : gap;
  const placed: number[] = [];
  for (const position of wanted) placed.push(Math.max(position, (placed.at(-1) ?? low - fitting) + fitting));
  let limit = high;
  for (let i = placed.length - 1; i >= 0; i--) {
    const moved = Math.min(placed[i] ?? limit, limit);
    // Half of the way back towards the wanted place, where the left neighbour leaves room.
    const before = i > 0 ? (placed[i - 1] ?? low) + fitting : low;
    placed[i] = Math.max(moved - Math.max(0, (moved - (wanted[i] ?? moved)) / 2), Math.min(before, moved));
    limit = (placed[i] ?? limit) - fitting;
  }
  return placed;
}
