import type { ModelCard } from "@/api/schema";

type DataSet = ModelCard["datasets"][number];

/** A count of files out of all of them. */
export type Share = { count: number; all: number };

/** How many manipulated and how many unaltered files of a test set were flagged; null where it had none of the kind. */
export function flaggedOf(set: DataSet): { fake: Share | null; real: Share | null } {
  return { fake: share(set.flagged_fake, set.fake), real: share(set.flagged_real, set.real) };
}

/** The same over all test sets, file by file. */
export function pooled(sets: readonly DataSet[]): { fake: Share; real: Share } {
  const shares = sets.map(flaggedOf);
  return { fake: sum(shares.map(({ fake }) => fake)), real: sum(shares.map(({ real }) => real)) };
}

function share(flagged: number | null, all: number): Share | null {
  return flagged === null || all === 0 ? null : { count: Math.round(flagged * all), all };
}

function sum(shares: (Share | null)[]): Share {
  return shares.reduce<Share>(
    (total, one) => ({ count: total.count + (one?.count ?? 0), all: total.all + (one?.all ?? 0) }),
    {
      count: 0,
      all: 0,
    },
  );
}
