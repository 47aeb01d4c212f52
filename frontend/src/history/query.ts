import { useSearchParams } from "next/navigation";
import { useMemo } from "react";

/** What a list can be narrowed to, in the order of the chips. */
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
/** Characters that the server takes to search for. */
export const LONGEST_SEARCH = 200;

export type Filter = (typeof FILTERS)[number];
export type Sort = (typeof SORTS)[number];

/** What of the history is looked at; it lives in the address, so that a reload keeps it. */
export type HistoryQuery = {
  search: string;
  filter: Filter;
  sort: Sort;
  /** From 1. */
  page: number;
};

export const WHOLE: HistoryQuery = { search: "", filter: "all", sort: "newest", page: 1 };

const LAST_PAGE = 1_000_000;

/** Read an address's query; whatever it says that is not known is as if it were not there. */
export function readQuery(params: URLSearchParams): HistoryQuery {
  const page = Number(params.get("page"));
  return {
    search: clean(params.get("q") ?? ""),
    filter: FILTERS.find((known) => known === params.get("show")) ?? WHOLE.filter,
    sort: SORTS.find((known) => known === params.get("sort")) ?? WHOLE.sort,
    page: Number.isInteger(page) && page >= 1 && page <= LAST_PAGE ? page : WHOLE.page,
  };
}

/** Write it as an address's query, "" or from "?" on; what is as always is left out. */
export function writeQuery({ search, filter, sort, page }: HistoryQuery): string {
  const params = new URLSearchParams();
  if (clean(search) !== "") params.set("q", clean(search));
  if (filter !== WHOLE.filter) params.set("show", filter);
  if (sort !== WHOLE.sort) params.set("sort", sort);
  if (page !== WHOLE.page) params.set("page", String(page));
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** Parameters of GET /api/jobs/me for it, without the page. */
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

/** Whether something is left out of the list. */
export function isNarrowed({ search, filter }: HistoryQuery): boolean {
  return search !== "" || filter !== "all";
}

function clean(search: string): string {
  return search.replaceAll("\0", "").trim().slice(0, LONGEST_SEARCH);
}

/** What is looked at, as the address says it, and how to look at something else. */
export function useHistoryQuery() {
  const params = useSearchParams();
  const query = useMemo(() => readQuery(new URLSearchParams(params)), [params]);

  /** Look at something else, on the first page unless told; `replace` leaves no step to go back to. */
  const look = (change: Partial<HistoryQuery>, { replace = false } = {}) => {
    const address = `/history/${writeQuery({ ...query, page: 1, ...change })}`;
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
  };
  return { query, look };
}

export type Look = ReturnType<typeof useHistoryQuery>["look"];
