import { useSearchParams } from "next/navigation";
import { useMemo } from "react";

/** What the list can be filtered by, in the order of the chips. */
export const FILTERS = [
  "all",
  "manipulated",
  "inconclusive",
  "no_signs",
  "no_face",
  "failed",
  "active",
] as const;
export const SORTS = ["newest", "oldest", "name", "estimate"] as const;
/** Rows on a page. */
export const PAGE_SIZE = 20;
/** Most characters that the server accepts as a search. */
export const LONGEST_SEARCH = 200;

export type Filter = (typeof FILTERS)[number];
export type Sort = (typeof SORTS)[number];

/** Which part of the history is shown; kept in the address, so that a reload keeps it. */
export type HistoryQuery = {
  search: string;
  filter: Filter;
  sort: Sort;
  /** From 1. */
  page: number;
};

export const WHOLE: HistoryQuery = { search: "", filter: "all", sort: "newest", page: 1 };

const LAST_PAGE = 1_000_000;

/** Read an address's query; unknown values are ignored. */
export function readQuery(params: URLSearchParams): HistoryQuery {
  const page = Number(params.get("page"));
  return {
    search: clean(params.get("q") ?? ""),
    filter: FILTERS.find((known) => known === params.get("show")) ?? WHOLE.filter,
    sort: SORTS.find((known) => known === params.get("sort")) ?? WHOLE.sort,
    page: Number.isInteger(page) && page >= 1 && page <= LAST_PAGE ? page : WHOLE.page,
  };
}

/** Write it as an address's query, "" or starting with "?"; defaults are left out. */
export function writeQuery({ search, filter, sort, page }: HistoryQuery): string {
  const params = new URLSearchParams();
  if (clean(search) !== "") params.set("q", clean(search));
  if (filter !== WHOLE.filter) params.set("show", filter);
  if (sort !== WHOLE.sort) params.set("sort", sort);
  if (page !== WHOLE.page) params.set("page", String(page));
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** The query's parameters of GET /api/jobs/me, without the page. */
export function toRequest({ search, filter, sort }: HistoryQuery) {
  return {
    ...(search !== "" && { search }),
    ...(sort !== WHOLE.sort && { sort }),
    ...narrowing(filter),
  };
}

function narrowing(filter: Filter) {
  switch (filter) {
    case "all":
      return {};
    case "failed":
      return { state: ["FAILED" as const] };
    case "active":
      return { state: ["QUEUED" as const, "RUNNING" as const, "PROCESSING" as const] };
    default:
      return { verdict: [filter] };
  }
}

/** Whether search or filter leave rows out. */
export function isNarrowed({ search, filter }: HistoryQuery): boolean {
  return search !== "" || filter !== "all";
}

function clean(search: string): string {
  return search.replaceAll("\0", "").trim().slice(0, LONGEST_SEARCH);
}

/** The query in the address, and a function that changes it. */
export function useHistoryQuery() {
  const params = useSearchParams();
  const query = useMemo(() => readQuery(new URLSearchParams(params)), [params]);

  /** Change the query, on the first page unless `change` names one; `replace` adds no entry to the browser's history. */
  const look = (change: Partial<HistoryQuery>, { replace = false } = {}) => {
    const address = `/history/${writeQuery({ ...query, page: 1, ...change })}`;
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
  };
  return { query, look };
}

export type Look = ReturnType<typeof useHistoryQuery>["look"];
