"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { BulkAction } from "@/api/schema";

const POLL_MS = 1_000;

/** How far a change of many files is, read again until it has ended; the library is then read again too. */
export function useAction(begun: BulkAction): BulkAction {
  const client = useQueryClient();
  const { data = begun } = useQuery<BulkAction, ApiError>({
    queryKey: keys.action(begun.id),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/media/actions/{action_id}", { params: { path: { action_id: begun.id } }, signal }),
      ),
    initialData: begun,
    staleTime: 0,
    refetchInterval: ({ state }) =>
      (state.data !== undefined && hasEnded(state.data)) || state.error?.status === 404 ? false : POLL_MS,
  });
  const ended = hasEnded(data);
  useEffect(() => {
    if (ended) void client.invalidateQueries({ queryKey: keys.media });
  }, [client, ended]);
  return data;
}

/** Whether nothing of a change goes on any more. */
export function hasEnded({ state }: BulkAction): boolean {
  return state !== "running";
}
