import { PAGE_SIZE, type Filter, type HistoryQuery, type Sort } from "@/history/query";
import { isActive, type Row } from "@/history/row";

/** How many rows each chip would show. */
export type Tally = Readonly<Record<Filter, number>>;

/** One page of a list, with how many there are in all. */
export type Selection = { rows: Row[]; total: number; tally: Tally };

/** Search, count, filter, sort and page a list, as the server does for an account's. */
export function select(
  rows: readonly Row[],
  { search, filter, sort, page }: HistoryQuery,
  size = PAGE_SIZE,
): Selection {
  const named = rows.filter(({ name }) => name.toLocaleLowerCase().includes(search.toLocaleLowerCase()));
  const chosen = named.filter((row) => filter === "all" || kindOf(row) === filter).sort(ORDERS[sort]);
  return {
    rows: chosen.slice((page - 1) * size, page * size),
    total: chosen.length,
    tally: count(named),
  };
}

/** The chip that a row belongs to beside "all"; null for cancelled and unknown ones. */
function kindOf(row: Row): Filter | null {
  if (isActive(row)) return "active";
  if (row.state === "FAILED") return "failed";
  return row.state === "COMPLETED" ? row.verdict : null;
}

function count(rows: readonly Row[]): Tally {
  const tally = {
    all: rows.length,
    manipulated: 0,
    inconclusive: 0,
    no_signs: 0,
    no_face: 0,
    failed: 0,
    active: 0,
  };
  for (const row of rows) {
    const kind = kindOf(row);
    if (kind !== null) tally[kind] += 1;
  }
  return tally;
}

const newest = (one: Row, other: Row) => Date.parse(other.createdAt) - Date.parse(one.createdAt);

const ORDERS: Readonly<Record<Sort, (one: Row, other: Row) => number>> = {
  newest,
  oldest: (one, other) => -newest(one, other),
  name: (one, other) => one.name.localeCompare(other.name) || newest(one, other),
  // Without an estimate a row comes last; null is not 0.
  estimate: (one, other) => (other.estimate ?? -1) - (one.estimate ?? -1) || newest(one, other),
};

/** A page of rows, and the state of the request that reads it. */
export type Rows = {
  rows: readonly Row[];
  /** Number of rows that match search and filter. */
  total: number;
  tally: Tally | null;
  /** Whether these are still the rows of the query before. */
  stale: boolean;
  state: "loading" | "ready" | "failed";
  error: Error | null;
  retry: () => void;
};
