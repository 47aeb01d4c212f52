"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type {
  Policy,
  PolicyList,
  PolicyPreview,
  PolicyRequest,
  PolicyRule,
  PolicyText,
  PreviewOn,
} from "@/api/schema";

const SETTLES_MS = 300;

/** A page of the workspace's policies, the newest first, and the rule in use. */
export function usePolicies(cursor: number | null = null) {
  return useQuery<PolicyList, ApiError>({
    queryKey: [...keys.policies, "list", cursor],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/policies", { params: { query: cursor === null ? {} : { cursor } }, signal })),
  });
}

/** A policy; nothing is read without a number. */
export function usePolicy(number: number | null) {
  return useQuery<Policy, ApiError>({
    queryKey: [...keys.policies, number],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/policies/{number}", { params: { path: { number: number ?? 0 } }, signal })),
    enabled: number !== null,
  });
}

/**
 * What a rule would do on the workspace's own files, and on a version of a data set: read once the rule stays, and not before `on` is known.
 * A policy, which has a number, is tried on what its own model found, a rule without one on what the model in use found.
 */
export function usePreview(rule: PolicyRule, number: number | null, on: PreviewOn | null | undefined) {
  const settled = useSettled(rule);
  return useQuery<PolicyPreview, ApiError>({
    queryKey: [...keys.policies, "preview", number ?? settled, on],
    queryFn: ({ signal }) =>
      number === null
        ? unwrap(api.POST("/api/policies/preview", { body: { ...settled, on: on ?? null }, signal }))
        : unwrap(
            api.POST("/api/policies/{number}/preview", {
              params: { path: { number } },
              body: { on: on ?? null },
              signal,
            }),
          ),
    enabled: on !== undefined,
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
}

/** Draft a policy; sent again with its key it is drafted once. */
export function useDraft() {
  const client = useQueryClient();
  return useMutation<Policy, ApiError, { body: PolicyRequest; key: string }>({
    networkMode: "always",
    mutationFn: ({ body, key }) =>
      unwrap(api.POST("/api/policies", { params: { header: { "Idempotency-Key": key } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.policies }),
  });
}

/** Put a policy in force, or end it; both answer with what it is then. */
export function useDeciding(number: number) {
  const client = useQueryClient();
  return useMutation<Policy, ApiError, "approve" | "retire">({
    networkMode: "always",
    mutationFn: (what) => {
      const params = { path: { number } };
      return what === "approve"
        ? unwrap(api.POST("/api/policies/{number}/approve", { params }))
        : unwrap(api.POST("/api/policies/{number}/retire", { params }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.policies }),
  });
}

/** Erase texts of a policy for good. */
export function useRedact(number: number) {
  const client = useQueryClient();
  return useMutation<Policy, ApiError, PolicyText[]>({
    networkMode: "always",
    mutationFn: (texts) =>
      unwrap(api.POST("/api/policies/{number}/redact", { params: { path: { number } }, body: { texts } })),
    onSettled: () => client.invalidateQueries({ queryKey: keys.policies }),
  });
}

function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLES_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
