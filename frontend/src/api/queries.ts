import { QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { api, unwrap } from "./client";
import { ApiError } from "./errors";
import type { LawList, MeAnswer, ServiceLimits, Workspace } from "./schema";
import { chooseWorkspace, useChosenWorkspace } from "./workspace";

/** Keys of the query cache, in one place so that each answer has one key. */
export const keys = {
  limits: ["limits"] as const,
  law: ["law"] as const,
  me: ["me"] as const,
  jobs: ["jobs"] as const,
  result: (id: string) => ["result", id] as const,
  marks: (id: string) => ["marks", id] as const,
  batches: ["batches"] as const,
  batch: (id: string) => ["batch", id] as const,
  rechecks: ["rechecks"] as const,
  recheck: (id: string) => ["recheck", id] as const,
  datasets: ["datasets"] as const,
  evaluations: ["evaluations"] as const,
  policies: ["policies"] as const,
  near: (id: string) => ["near", id] as const,
  reviews: ["reviews"] as const,
  media: ["media"] as const,
  medium: (id: string) => ["media", "one", id] as const,
  views: ["media", "views"] as const,
  action: (id: string) => ["action", id] as const,
};

/** A query client that retries only failures that can pass. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (failures, error) =>
          failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
        refetchOnWindowFocus: false,
      },
    },
  });
}

/** The server's limits, retention and features, and its model card. */
export function useLimits() {
  return useQuery<ServiceLimits>({
    queryKey: keys.limits,
    queryFn: () => unwrap(api.GET("/api/limits")),
    staleTime: 300_000,
  });
}

/** The countries whose law is summarised. */
export function useLawList() {
  return useQuery<LawList>({
    queryKey: keys.law,
    queryFn: () => unwrap(api.GET("/api/law")),
    staleTime: 300_000,
  });
}

/** Who is signed in, with today's use; null for nobody. `always` asks again although the answer is fresh. */
export function useMe(refetchOnMount: "always" | true = true) {
  return useQuery<MeAnswer | null>({
    queryKey: keys.me,
    refetchOnMount,
    queryFn: readMe,
  });
}

/** Read who is signed in; null for nobody. */
export async function readMe(): Promise<MeAnswer | null> {
  try {
    return await unwrap(api.GET("/api/auth/me", { params: { query: { optional: true } } }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** The workspace that the page is about, with the reader's role in it; null for visitors, and before it is known. */
export function useWorkspace(): Workspace | null {
  const known = useMe().data?.workspaces ?? []; // an older server sends none
  const chosen = useChosenWorkspace();
  return known.find(({ id }) => id === chosen) ?? known.find(({ personal }) => personal) ?? null;
}

/** Choose another workspace, null the personal one: nothing of the other stays in the page. */
export function useSwitchWorkspace(): (id: string | null) => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    async (id) => {
      chooseWorkspace(id);
      const kept: readonly string[] = [keys.limits[0], keys.law[0], keys.me[0]];
      client.removeQueries({
        predicate: ({ queryKey }) => !kept.includes(String(queryKey[0])),
        type: "inactive",
      });
      await client.resetQueries({ predicate: ({ queryKey }) => !kept.includes(String(queryKey[0])) });
    },
    [client],
  );
}

/** Whether the reader may do something in the workspace; a visitor may do all that visitors can. */
export function useMay(action: Workspace["may"][number]): boolean {
  return useWorkspace()?.may.includes(action) ?? true;
}

/** Forget everything that belongs to an account: for signing in, signing out, and an expired session. */
export function useForget() {
  const client = useQueryClient();
  return () => {
    client.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.limits[0] });
    return client.invalidateQueries({ queryKey: keys.me });
  };
}
