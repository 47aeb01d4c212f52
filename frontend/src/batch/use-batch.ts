"use client";

import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { api, unwrap } from "@/api/client";
import { isPassing, nullIfAbsent, type ApiError } from "@/api/errors";
import { keys, useMe } from "@/api/queries";
import type { BatchAnswer, BatchItemPage, BatchPage, BatchResumed } from "@/api/schema";

import { dropArchiveKeysOf } from "./archive-keys";
import { asBatchOwner } from "./begin";
import type { Filter } from "./filters";
import { itemQuery } from "./filters";
import { begunBatches, forgetBatch } from "./open-batches";
import { sender, type Sending } from "./sender";

const POLL_MS = 1_500;
const PAGE = 50;

/** A batch, read again while it runs. */
export function useBatch(id: string) {
  return useQuery<BatchAnswer, ApiError>({
    queryKey: keys.batch(id),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/batches/{batch_id}", { params: { path: { batch_id: id } }, signal })),
    refetchInterval: ({ state: { data, error } }) => {
      const over = data !== undefined && isOver(data);
      return over || (error !== null && !isPassing(error)) ? false : POLL_MS;
    },
    enabled: id !== "",
  });
}

/** Whether nothing of a batch changes by itself any more. */
export function isOver({ state, items, ended }: BatchAnswer): boolean {
  return state === "FINISHED" || (state === "CANCELLED" && ended === items);
}

/** A batch's items, page after page; the pages that are shown are read again whenever its counts have changed. */
export function useItems(batch: BatchAnswer, filter: Filter) {
  const id = batch.batch_id;
  const client = useQueryClient();
  const counts = JSON.stringify([batch.items, batch.states, batch.verdicts]);
  useEffect(() => {
    void client.invalidateQueries({ queryKey: [...keys.batch(id), "items"] });
  }, [client, id, counts]);
  return useInfiniteQuery<BatchItemPage, ApiError>({
    queryKey: [...keys.batch(id), "items", filter],
    initialPageParam: -1,
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/batches/{batch_id}/items", {
          params: {
            path: { batch_id: id },
            query: { ...itemQuery(filter), cursor: pageParam as number, limit: PAGE },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** The account's batches; those that this browser has begun where nobody is signed in. */
export function useBatches() {
  const me = useMe();
  const account = me.data !== undefined && me.data !== null;
  return useQuery<readonly BatchAnswer[], ApiError>({
    queryKey: [...keys.batches, account],
    queryFn: async ({ signal }) => {
      if (account) {
        const page: BatchPage = await unwrap(
          api.GET("/api/batches", { params: { query: { limit: 100 } }, signal }),
        );
        return page.batches;
      }
      const found = await Promise.all(
        begunBatches().map(({ id }) =>
          unwrap(api.GET("/api/batches/{batch_id}", { params: { path: { batch_id: id } }, signal })).catch(
            nullIfAbsent, // deleted, or of an account
          ),
        ),
      );
      return found.filter((batch) => batch !== null);
    },
    enabled: !me.isPending,
  });
}

export type Change = "close" | "cancel" | "resume" | "delete";

/** Change a batch as a whole; what is shown is read again afterwards. Of "resume" the answer says what is lost. */
export function useChange(id: string) {
  const client = useQueryClient();
  return useMutation<Partial<BatchResumed>, ApiError, Change>({
    networkMode: "always",
    mutationFn: (change): Promise<Partial<BatchResumed>> => {
      if (change === "delete") return unwrap(api.DELETE("/api/batches/{batch_id}", asBatchOwner(id)));
      return unwrap(api.POST(`/api/batches/{batch_id}/${change}`, asBatchOwner(id)));
    },
    onSuccess: async (_answer, change) => {
      if (change !== "resume") sender.stop(id);
      const name = client.getQueryData<BatchAnswer>(keys.batch(id))?.name;
      if ((change === "cancel" || change === "delete") && name !== undefined) dropArchiveKeysOf(name);
      if (change === "delete") {
        forgetBatch(id);
        client.removeQueries({ queryKey: keys.batch(id) });
      } else await client.invalidateQueries({ queryKey: keys.batch(id) });
      void client.invalidateQueries({ queryKey: keys.batches });
      void client.invalidateQueries({ queryKey: keys.jobs });
      void client.invalidateQueries({ queryKey: keys.me });
    },
  });
}

/** What this page is sending to a batch; null where it sends nothing to it. */
export function useSending(id: string): Sending | null {
  return useSyncExternalStore(
    sender.subscribe,
    () => sender.sendingTo(id),
    () => null,
  );
}
