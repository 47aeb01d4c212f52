import { useSearchParams } from "next/navigation";
import { useMemo } from "react";

export const SORTS = ["newest", "oldest", "name", "score"] as const;
/** Rows on a page. */
export const PAGE_SIZE = 50;
/** Most characters that the server accepts as a query. */
export const LONGEST_QUERY = 2_000;

export type Sort = (typeof SORTS)[number];

/** Which part of the library is shown; kept in the address, so that a reload and a link show the same. */
export type LibraryQuery = {
  /** In the query language. */
  q: string;
  sort: Sort;
  /** The cursors of the pages from the second one to the present one; empty on the first page. */
  trail: readonly string[];
};

export const WHOLE: LibraryQuery = { q: "", sort: "newest", trail: [] };

// An address has room for so many cursors; from farther on, going back ends on the first page.
const LONGEST_TRAIL = 12;

/** Read an address's query; unknown values are ignored. */
export function readQuery(params: URLSearchParams): LibraryQuery {
  return {
    q: clean(params.get("q") ?? ""),
    sort: SORTS.find((known) => known === params.get("sort")) ?? WHOLE.sort,
    trail: params.getAll("after").slice(-LONGEST_TRAIL),
  };
}

/** Write it as an address's query, "" or starting with "?"; defaults are left out. */
export function writeQuery({ q, sort, trail }: LibraryQuery): string {
  const params = new URLSearchParams();
  if (clean(q) !== "") params.set("q", clean(q));
  if (sort !== WHOLE.sort) params.set("sort", sort);
  for (const cursor of trail.slice(-LONGEST_TRAIL)) params.append("after", cursor);
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** The query's parameters of GET /api/media. */
export function toRequest({ q, sort, trail }: LibraryQuery) {
  const cursor = trail.at(-1);
  return {
    ...(q !== "" && { q }),
    ...(sort !== WHOLE.sort && { sort }),
    ...(cursor !== undefined && { cursor }),
    limit: PAGE_SIZE,
  };
}

function clean(text: string): string {
  return text.replaceAll("\0", "").trim().slice(0, LONGEST_QUERY);
}

/** The query in the address, and a function that changes it. */
export function useLibraryQuery() {
  const params = useSearchParams();
  const query = useMemo(() => readQuery(new URLSearchParams(params)), [params]);

  /** Change the query, on the first page unless `change` has a trail. */
  const look = (change: Partial<LibraryQuery>) => {
    history.pushState(null, "", `/library/${writeQuery({ ...query, trail: [], ...change })}`);
  };
  return { query, look };
}

export type Look = ReturnType<typeof useLibraryQuery>["look"];
