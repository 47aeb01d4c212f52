/** Which files of the library are chosen: some by their ids, or all that the query finds. */
export type Selection = {
  ids: ReadonlySet<string>;
  /** Whether all of the query are chosen, also those of other pages. */
  all: boolean;
  /** From where a range goes when another row is chosen with Shift. */
  anchor: string | null;
};

export const NOTHING: Selection = { ids: new Set(), all: false, anchor: null };

/** Choose a row, or take it out; with `range` all rows between the last one and this, in the order of `rows`. */
export function choose(
  before: Selection,
  rows: readonly string[],
  id: string,
  { range = false } = {},
): Selection {
  const ids = new Set(before.all ? rows : before.ids);
  const chosen = !ids.has(id);
  for (const one of range ? between(rows, before.anchor ?? id, id) : [id]) {
    if (chosen) ids.add(one);
    else ids.delete(one);
  }
  return { ids, all: false, anchor: id };
}

/** Choose every row of a page, or none where all of them are. */
export function choosePage(before: Selection, rows: readonly string[]): Selection {
  const ids = new Set(before.ids);
  const whole = !before.all && rows.every((id) => ids.has(id));
  for (const id of rows) {
    if (whole || before.all) ids.delete(id);
    else ids.add(id);
  }
  return { ids, all: false, anchor: null };
}

/** How many files are chosen, where the query finds `total`. */
export function countOf({ ids, all }: Selection, total: number): number {
  return all ? total : ids.size;
}

/** Whether a row is chosen. */
export function isChosen({ ids, all }: Selection, id: string): boolean {
  return all || ids.has(id);
}

function between(rows: readonly string[], from: string, to: string): readonly string[] {
  const [a, b] = [rows.indexOf(from), rows.indexOf(to)];
  if (a < 0 || b < 0) return [to];
  return rows.slice(Math.min(a, b), Math.max(a, b) + 1);
}
