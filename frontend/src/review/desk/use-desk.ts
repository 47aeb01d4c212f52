import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { ClaimedTask, LeaseKept, NextTask, ReviewGiven, Task, TaskTold } from "@/api/schema";

const KEEP_EVERY_MS = 300_000; // a claim lasts for 15 minutes

type Turn = {
  number: number;
  /** Tasks that the reader has skipped. */
  without: readonly string[];
  /** The task that the reader had lost, and wants again. */
  wanted: string | null;
};

/** The reader's one task: it is claimed when this is first used, and the next when this one is done with; of one reason alone for leads who choose one. */
export function useDesk(reason: Task["reason"] | null) {
  const [turn, setTurn] = useState<Turn>({ number: 0, without: [], wanted: null });
  const next = useQuery<NextTask, ApiError>({
    queryKey: [...keys.reviews, "next", turn.number, reason],
    queryFn: () =>
      unwrap(api.POST("/api/review/tasks/next", { body: { without: [...turn.without], reason } })),
    // A claim is kept by `useLease`; asking again would be another claim.
    staleTime: Infinity,
    gcTime: 0,
    refetchOnReconnect: false,
  });
  const go = (change: Partial<Turn>) =>
    setTurn((now) => ({ ...now, wanted: null, ...change, number: now.number + 1 }));
  return {
    next,
    turn,
    goOn: () => go({}),
    skip: (id: string) => go({ without: [...turn.without, id] }),
    again: (id: string) => go({ wanted: id, without: turn.without.filter((other) => other !== id) }),
    all: () => go({ without: [] }),
  };
}

/** Keeps a claim alive while the page is visible; whether it has been lost. */
export function useLease({ id, lease, lease_expires_at }: ClaimedTask, held: boolean): boolean {
  const kept = useQuery<LeaseKept, ApiError>({
    queryKey: [...keys.reviews, "lease", lease],
    queryFn: () =>
      unwrap(
        api.POST("/api/review/tasks/{task_id}/keep", {
          params: { path: { task_id: id } },
          body: { lease },
        }),
      ),
    enabled: held,
    initialData: { lease_expires_at },
    staleTime: KEEP_EVERY_MS,
    gcTime: 0,
    refetchInterval: (query) => (query.state.error?.code === "TASK_LOST" ? false : KEEP_EVERY_MS),
    refetchOnWindowFocus: "always",
  });
  return held && isLost(kept.error);
}

/** Hands in the answer, gives the task back, or hands it to a colleague. */
export function useActs({ id, lease }: ClaimedTask) {
  const client = useQueryClient();
  const params = { path: { task_id: id } };
  const answer = useMutation<TaskTold, ApiError, ReviewGiven>({
    mutationFn: (given) =>
      unwrap(api.POST("/api/review/tasks/{task_id}/answer", { params, body: { ...given, lease } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.media }),
  });
  const release = useMutation<unknown, ApiError>({
    mutationFn: () => unwrap(api.POST("/api/review/tasks/{task_id}/release", { params, body: { lease } })),
  });
  const hand = useMutation<unknown, ApiError, { to: string; note: string }>({
    mutationFn: ({ to, note }) =>
      unwrap(
        api.POST("/api/review/tasks/{task_id}/hand", {
          params,
          body: { to, lease, note: note === "" ? null : note },
        }),
      ),
  });
  return { answer, release, hand };
}

/** Whether a request was refused because the claim has ended. */
export function isLost(error: ApiError | null): boolean {
  return error?.code === "TASK_LOST";
}
