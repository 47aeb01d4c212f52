"use client";

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { Medium, MediumAnalyses, MediumComments, LabelHistory } from "@/api/schema";

const PAGE = 50;
const of = (id: string) => ({ params: { path: { media_id: id } } });

/** A file of the library. */
export function useMedium(id: string) {
  return useQuery<Medium, ApiError>({
    queryKey: keys.medium(id),
    queryFn: () => unwrap(api.GET("/api/media/{media_id}", of(id))),
    enabled: id !== "",
  });
}

/** Its analyses, the newest first. */
export function useAnalyses(id: string) {
  return useQuery<MediumAnalyses, ApiError>({
    queryKey: [...keys.medium(id), "analyses"],
    queryFn: () => unwrap(api.GET("/api/media/{media_id}/analyses", of(id))),
  });
}

/** What it was held to be, and by which reviews: the newest first, page after page. */
export function useLabels(id: string, enabled: boolean) {
  return useInfiniteQuery<LabelHistory, ApiError>({
    queryKey: [...keys.medium(id), "labels"],
    initialPageParam: undefined,
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/media/{media_id}/labels", {
          params: { path: { media_id: id }, query: { cursor: pageParam as number | undefined, limit: PAGE } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled,
  });
}

/** What members wrote about it: the newest first, page after page. */
export function useComments(id: string, enabled: boolean) {
  return useInfiniteQuery<MediumComments, ApiError>({
    queryKey: [...keys.medium(id), "comments"],
    initialPageParam: undefined,
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/media/{media_id}/comments", {
          params: {
            path: { media_id: id },
            query: { cursor: pageParam as string | undefined, limit: PAGE, newest_first: true },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled,
  });
}

/** What can be changed of a file; `If-Match` names the state that the reader has seen. */
export type Change =
  | { kind: "tags"; tags: string[] }
  | { kind: "sensitivity"; sensitive: boolean }
  | { kind: "consent"; version: string | null }
  | { kind: "hold"; reason: string }
  | { kind: "release" }
  | { kind: "delete" }
  | { kind: "forget" };

type Seen = Pick<Medium, "id" | "revision" | "tags">;

/** Change a file; what is shown of it is read again afterwards, also where it was changed by somebody else. */
export function useChange(seen: Seen) {
  const { id } = seen;
  const client = useQueryClient();
  return useMutation<unknown, ApiError, Change>({
    mutationFn: (change) => send(seen, change),
    onSettled: async (_answer, error, { kind }) => {
      if (kind === "forget" && error === null) client.removeQueries({ queryKey: keys.medium(id) });
      await client.invalidateQueries({ queryKey: keys.media });
    },
  });
}

function send({ id, revision, tags }: Seen, change: Change): Promise<unknown> {
  const params = { path: { media_id: id }, header: { "If-Match": `"${revision}"` } };
  switch (change.kind) {
    case "tags":
      return unwrap(api.PATCH("/api/media/{media_id}", { params, body: { tags: change.tags } }));
    case "sensitivity":
      return unwrap(
        api.PATCH("/api/media/{media_id}", {
          params,
          // The generated types want tags always: those that were seen, since this state alone is changed.
          body: { tags, sensitivity: change.sensitive ? "sensitive" : null },
        }),
      );
    case "consent":
      return unwrap(
        api.PATCH("/api/media/{media_id}", { params, body: { tags, research_consent: change.version } }),
      );
    case "hold":
      return unwrap(api.PUT("/api/media/{media_id}/hold", { ...of(id), body: { reason: change.reason } }));
    case "release":
      return unwrap(api.DELETE("/api/media/{media_id}/hold", of(id)));
    case "delete":
      return unwrap(api.DELETE("/api/media/{media_id}", { params }));
    case "forget":
      return unwrap(api.POST("/api/media/{media_id}/forget", { params }));
  }
}

/** Write about a file, and take back what one has written. */
export function useCommenting(id: string) {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: [...keys.medium(id), "comments"] });
  const write = useMutation<unknown, ApiError, string>({
    mutationFn: (text) => unwrap(api.POST("/api/media/{media_id}/comments", { ...of(id), body: { text } })),
    onSuccess,
  });
  const withdraw = useMutation<unknown, ApiError, string>({
    mutationFn: (comment_id) =>
      unwrap(
        api.DELETE("/api/media/{media_id}/comments/{comment_id}", {
          params: { path: { media_id: id, comment_id } },
        }),
      ),
    onSuccess,
  });
  return { write, withdraw };
}
