"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { ResultAnswer } from "@/api/schema";

import { asOwner } from "./owner-secrets";
import { dropLocalFile, forget } from "./remembered";

/**
 * Cancel a job under way, or delete an ended one with its files; says which of the two happened. The job is of the chosen
 * workspace or of the one that is given. Throws ApiError.
 */
export async function cancelOrDelete(
  id: string,
  workspace?: string | null,
): Promise<"cancelled" | "deleted"> {
  const removed = await unwrap(api.DELETE("/api/jobs/{job_id}", asOwner(id, workspace)));
  return removed.outcome;
}

/** Start a failed job again. Throws ApiError: EXPIRED without its upload, QUOTA_EXCEEDED, CONFLICT. */
export async function retryJob(id: string, workspace?: string | null): Promise<void> {
  await unwrap(api.POST("/api/jobs/{job_id}/retry", asOwner(id, workspace)));
}

/**
 * Cancel a job of the chosen workspace, or of the one that is given: shown at once, taken back when the server refuses. The
 * value to mutate with is the job's id.
 */
export function useCancelJob(workspace?: string | null) {
  const client = useQueryClient();
  return useMutation<"cancelled" | "deleted", ApiError, string, { before: ResultAnswer | undefined }>({
    mutationFn: (id) => cancelOrDelete(id, workspace),
    networkMode: "always",
    onMutate: async (id) => {
      await client.cancelQueries({ queryKey: keys.result(id) });
      const before = client.getQueryData<ResultAnswer>(keys.result(id));
      client.setQueryData<ResultAnswer>(keys.result(id), (old) => old && { ...old, state: "CANCELLED" });
      return { before };
    },
    onError: (_error, id, context) => {
      client.setQueryData<ResultAnswer>(keys.result(id), context?.before);
      void client.invalidateQueries({ queryKey: keys.result(id) });
    },
    onSuccess: (outcome, id) => {
      // A job that ended in the same moment is deleted; there is nothing left to read.
      if (outcome === "cancelled") void client.invalidateQueries({ queryKey: keys.result(id) });
      void client.invalidateQueries({ queryKey: keys.jobs });
    },
  });
}

/** Delete an ended job and all that this browser keeps of it. The value to mutate with is the job's id. */
export function useDeleteJob() {
  const client = useQueryClient();
  return useMutation<"cancelled" | "deleted", ApiError, string>({
    mutationFn: (id) => cancelOrDelete(id),
    networkMode: "always",
    onSuccess: (_outcome, id) => {
      forget(id);
      dropLocalFile(id);
      void client.invalidateQueries({ queryKey: keys.jobs });
    },
  });
}

/** Start a failed job again, of the chosen workspace or of the one that is given, and follow it. The value to mutate with is the job's id. */
export function useRetryJob(workspace?: string | null) {
  const client = useQueryClient();
  return useMutation<void, ApiError, string>({
    mutationFn: (id) => retryJob(id, workspace),
    networkMode: "always",
    onSuccess: async (_nothing, id) => {
      await client.invalidateQueries({ queryKey: keys.result(id) });
      void client.invalidateQueries({ queryKey: keys.jobs });
      void client.invalidateQueries({ queryKey: keys.me });
    },
  });
}
