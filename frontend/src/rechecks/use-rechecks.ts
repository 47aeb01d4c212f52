"use client";

import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect } from "react";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys, useMe } from "@/api/queries";
import type {
  Accepted,
  Forecast,
  RecheckAnswer,
  RecheckItemPage,
  RecheckPage,
  RecheckText,
} from "@/api/schema";

import { itemQuery, type Filter } from "./filters";

const POLL_MS = 2_000;
const PAGE = 50;

/** Which files are to be checked again. */
export type Wanted = { q: string } | { ids: readonly string[] };

/** A recheck, read again while it runs. */
export function useRecheck(id: string) {
  return useQuery<RecheckAnswer, ApiError>({
    queryKey: keys.recheck(id),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/rechecks/{recheck_id}", { params: { path: { recheck_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data !== undefined && isOver(state.data) ? false : POLL_MS),
  });
}

/** Whether nothing of a recheck changes by itself any more. */
export function isOver({ state, finished_at }: RecheckAnswer): boolean {
  return state === "FINISHED" || finished_at !== null;
}

/** A recheck's files, page after page; the pages that are shown are read again whenever its counts have changed. */
export function useItems(recheck: RecheckAnswer, filter: Filter) {
  const id = recheck.recheck_id;
  const client = useQueryClient();
  const counts = JSON.stringify([recheck.states, recheck.changes]);
  useEffect(() => {
    void client.invalidateQueries({ queryKey: [...keys.recheck(id), "items"] });
  }, [client, id, counts]);
  return useInfiniteQuery<RecheckItemPage, ApiError>({
    queryKey: [...keys.recheck(id), "items", filter],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/rechecks/{recheck_id}/items", {
          params: {
            path: { recheck_id: id },
            query: { ...itemQuery(filter), cursor: pageParam as string, limit: PAGE },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** The workspace's rechecks, the newest first; none for visitors. */
export function useRechecks() {
  const me = useMe();
  return useQuery<RecheckPage, ApiError>({
    queryKey: keys.rechecks,
    queryFn: ({ signal }) => unwrap(api.GET("/api/rechecks", { params: { query: { limit: 100 } }, signal })),
    refetchInterval: ({ state }) => (state.data?.rechecks.every(isOver) === false ? POLL_MS : false),
    enabled: me.data !== undefined && me.data !== null,
  });
}

export type Move = "pause" | "resume" | "stop";

/** Pause, resume or stop a recheck; what is shown is read again afterwards. */
export function useMove(id: string) {
  const client = useQueryClient();
  return useMutation<RecheckAnswer, ApiError, Move>({
    networkMode: "always",
    mutationFn: (move) =>
      unwrap(api.POST(`/api/rechecks/{recheck_id}/${move}`, { params: { path: { recheck_id: id } } })),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: keys.recheck(id) });
      void client.invalidateQueries({ queryKey: keys.rechecks });
    },
  });
}

/** Erase texts of a recheck for good. */
export function useRedact(id: string) {
  const client = useQueryClient();
  return useMutation<RecheckAnswer, ApiError, RecheckText[]>({
    networkMode: "always",
    mutationFn: (texts) =>
      unwrap(
        api.POST("/api/rechecks/{recheck_id}/redact", {
          params: { path: { recheck_id: id } },
          body: { texts },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.recheck(id) }),
  });
}

/** Count what a recheck would be about. */
export function useForecast() {
  return useMutation<Forecast, ApiError, Wanted>({
    networkMode: "always",
    mutationFn: async (wanted) =>
      (await unwrap(
        api.POST("/api/rechecks", { params: { query: { dry_run: true } }, body: bodyOf(wanted) }),
      )) as Forecast,
  });
}

/** Ask for a recheck of as many files as were counted. */
export function useAsk() {
  const client = useQueryClient();
  return useMutation<RecheckAnswer, ApiError, { wanted: Wanted; reason: string; count: number; key: string }>(
    {
      networkMode: "always",
      mutationFn: async ({ wanted, reason, count, key }) =>
        (await unwrap(
          api.POST("/api/rechecks", {
            params: { header: { "Idempotency-Key": key } },
            body: { ...bodyOf(wanted), reason: reason.trim() || null, expect_count: count },
          }),
        )) as RecheckAnswer,
      onSuccess: () => client.invalidateQueries({ queryKey: keys.rechecks }),
    },
  );
}

/** Have one file of the library analysed again; `force` also when the present model has judged it. */
export function useCheckAgain(mediaId: string) {
  const client = useQueryClient();
  return useMutation<Accepted, ApiError, { force: boolean }>({
    networkMode: "always",
    mutationFn: ({ force }) =>
      unwrap(
        api.POST("/api/media/{media_id}/analyses", {
          params: { path: { media_id: mediaId }, query: { force } },
        }),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.jobs });
      void client.invalidateQueries({ queryKey: keys.me });
    },
  });
}

function bodyOf(wanted: Wanted) {
  return "q" in wanted ? { q: wanted.q, ids: [] } : { ids: [...wanted.ids] };
}
