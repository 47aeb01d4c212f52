import type { Evidence, Score } from "./evidence";

/** A row of the table: a sampled frame with a cell per lane; undefined where the person was not seen. */
export type Row = { sample: number; timeMs: number; cells: readonly (Score | undefined)[] };

/** The timeline's data in rows: every sampled frame, the persons in the order of the lanes. */
export function tableRows({ samples, lanes }: Pick<Evidence, "samples" | "lanes">): Row[] {
  return samples.map(({ index, timeMs, scores }) => ({
    sample: index,
    timeMs,
    cells: lanes.map(({ letter }) => scores[letter]),
  }));
}
