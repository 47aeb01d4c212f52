import { useQueries, type UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";

import { api, unwrap } from "@/api/client";
import { ApiError, isPassing } from "@/api/errors";
import { keys } from "@/api/queries";
import type { ResultAnswer } from "@/api/schema";
import type { HistoryQuery } from "@/history/query";
import { fromAnswer, type Row } from "@/history/row";
import { useRemembered, type Remembered } from "@/jobs/remembered";
import { isFinal } from "@/jobs/stages";

import { select, type Rows } from "./select";

const REFRESH_MS = 2_500;
const TRIES = 5;

/** The jobs that this browser remembers, each as the server knows it now. */
export function useBrowserRows(query: HistoryQuery, enabled: boolean): Rows & { all: readonly Row[] } {
  const remembered = useRemembered();
  const all = useQueries({
    queries: remembered.map((entry) => ({
      queryKey: keys.result(entry.id),
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        unwrap(api.GET("/api/results/{job_id}", { params: { path: { job_id: entry.id } }, signal })),
      enabled,
      staleTime: 5_000,
      // Many are read at once; the server may answer 429.
      retry: (failures: number, error: Error) =>
        failures < TRIES && error instanceof ApiError && isPassing(error),
      retryDelay: (failures: number, error: Error) => pause(failures, error),
      refetchInterval: ({ state }: { state: { data: ResultAnswer | undefined } }) =>
        state.data !== undefined && !isFinal(state.data.state) ? REFRESH_MS : (false as const),
    })),
    combine: (answers: UseQueryResult<ResultAnswer>[]) =>
      answers.map((answer, index) => toRow(remembered[index], answer)).filter((row) => row !== null),
  });
  const selection = useMemo(() => select(all, query), [all, query]);
  return { ...selection, all, stale: false, state: "ready", error: null, retry: () => undefined };
}

function pause(failures: number, error: Error): number {
  const seconds = error instanceof ApiError ? error.retryAfter : null;
  return seconds !== null ? 1000 * seconds : 1000 * 2 ** failures;
}

function toRow(entry: Remembered | undefined, { data, error }: UseQueryResult<ResultAnswer>): Row | null {
  if (entry === undefined) return null;
  if (error instanceof ApiError && error.status === 404) return blank(entry, "GONE");
  if (data !== undefined) return fromAnswer(data);
  return blank(entry, error === null ? "READING" : "UNREACHABLE");
}

/** What is known of a job without the server. */
function blank(entry: Remembered, state: "READING" | "GONE" | "UNREACHABLE"): Row {
  return {
    id: entry.id,
    name: entry.filename,
    kind: entry.mediaType,
    sentBy: null,
    marked: false,
    state,
    stage: "validating",
    progressPercent: 0,
    sizeBytes: null,
    durationMs: null,
    verdict: null,
    estimate: null,
    range: null,
    threshold: null,
    persons: null,
    reasons: [],
    bundle: null,
    bundleVersion: null,
    signedRecord: null,
    signedAi: null,
    trace: null,
    sha256: null,
    errorCode: null,
    createdAt: entry.addedAt,
    completedAt: null,
    expiresAt: null,
    filesDeleted: state === "GONE",
    thumbnailUrl: null,
  };
}
