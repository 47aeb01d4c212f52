"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { MediaPage } from "@/api/schema";
import { toRequest, type LibraryQuery } from "@/library/query";

/** A page of the library; the one before it stays until the next is read. */
export function useList(query: LibraryQuery, enabled: boolean) {
  const asked = toRequest(query);
  return useQuery<MediaPage, ApiError>({
    queryKey: [...keys.media, "list", asked],
    queryFn: ({ signal }) => unwrap(api.GET("/api/media", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
    enabled,
  });
}
