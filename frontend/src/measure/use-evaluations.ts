"use client";

import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { EvaluationComparison, EvaluationDetails, EvaluationList } from "@/api/schema";

const POLL_MS = 2_000;

/** The workspace's evaluations, the newest first; read again while one is under way. */
export function useEvaluations() {
  return useQuery<EvaluationList, ApiError>({
    queryKey: keys.evaluations,
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/evaluations", { params: { query: { limit: 100 } }, signal })),
    refetchInterval: ({ state }) => (state.data?.evaluations.every(isOver) === false ? POLL_MS : false),
  });
}

/** An evaluation with its report, read again until it is done. */
export function useEvaluation(id: string) {
  return useQuery<EvaluationDetails, ApiError>({
    queryKey: [...keys.evaluations, id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/evaluations/{evaluation_id}", { params: { path: { evaluation_id: id } }, signal }),
      ),
    refetchInterval: ({ state }) => (state.data !== undefined && isOver(state.data) ? false : POLL_MS),
  });
}

/** Two evaluations compared. */
export function useComparison(a: string, b: string) {
  return useQuery<EvaluationComparison, ApiError>({
    queryKey: [...keys.evaluations, "compare", a, b],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/evaluations/compare", { params: { query: { a, b } }, signal })),
  });
}

/** Whether nothing of an evaluation changes any more. */
export function isOver({ state }: { state: EvaluationDetails["state"] }): boolean {
  return state === "done" || state === "failed";
}
