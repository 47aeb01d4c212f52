import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/queries";
import type { JobPage } from "@/api/schema";
import { PAGE_SIZE, toRequest, type HistoryQuery } from "@/history/query";
import { fromSummary, isActive, type Row } from "@/history/row";

import type { Rows } from "./select";

// Interval of polls while a job is under way.
const REFRESH_MS = 2_500;

/** A page of the account's jobs, kept up to date while one of them is under way. */
export function useAccountRows(query: HistoryQuery, enabled: boolean): Rows {
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery({
    queryKey: [...keys.jobs, query],
    enabled,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => readPage(query, (query.page - 1) * PAGE_SIZE, PAGE_SIZE, signal),
    refetchInterval: ({ state }) => (state.data?.underWay === true ? REFRESH_MS : false),
    refetchOnMount: "always",
  });
  return {
    rows: data?.rows ?? [],
    total: data?.total ?? 0,
    tally: data?.counts ?? null,
    state: data !== undefined ? "ready" : isPending && error === null ? "loading" : "failed",
    stale: isPlaceholderData,
    error,
    retry: () => void refetch(),
  };
}

/** All of the account's jobs that match the query, in the list's order. */
export function readAccountRows(
  query: HistoryQuery,
  progress: (done: number, total: number) => void,
): Promise<Row[]> {
  return collect((offset, limit) => readPage(query, offset, limit), progress);
}

async function readPage(query: HistoryQuery, offset: number, limit: number, signal?: AbortSignal) {
  const page: JobPage = await unwrap(
    api.GET("/api/jobs/me", { params: { query: { ...toRequest(query), limit, offset } }, signal }),
  );
  const now = Date.now();
  const rows = page.jobs.map((job) => fromSummary(job, now));
  // An older server sends no counts; the chips then show none.
  const counts: JobPage["counts"] | undefined = page.counts;
  const underWay = counts === undefined ? rows.some(isActive) : counts.active > 0;
  return { rows, total: page.total, counts: counts ?? null, underWay };
}

/** Rows per request; the most that the server returns. */
export const CHUNK = 200;

type Chunk<T> = { rows: readonly T[]; total: number };

/**
 * Read a paged list to its end. What is added meanwhile moves rows to the next page, so each id counts once.
 * `progress` is called with the number of rows so far, and of all rows.
 */
export async function collect<T extends { id: string }>(
  read: (offset: number, limit: number) => Promise<Chunk<T>>,
  progress: (done: number, total: number) => void = () => undefined,
): Promise<T[]> {
  const found = new Map<string, T>();
  for (let offset = 0; ; offset += CHUNK) {
    const { rows, total } = await read(offset, CHUNK);
    for (const row of rows) if (!found.has(row.id)) found.set(row.id, row);
    progress(found.size, Math.max(total, found.size));
    if (rows.length === 0 || offset + rows.length >= total) return [...found.values()];
  }
}
