"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type {
  Dataset,
  DatasetList,
  DatasetText,
  DatasetVersionDetails,
  Evaluation,
  VersionDiff,
  VersionPreview,
  VersionRequest,
  VersionText,
} from "@/api/schema";

/** The workspace's data sets with their versions. */
export function useDatasets() {
  return useQuery<DatasetList, ApiError>({
    queryKey: keys.datasets,
    queryFn: ({ signal }) => unwrap(api.GET("/api/datasets", { signal })),
  });
}

/** A version with its counts. */
export function useVersion(id: string, number: number) {
  return useQuery<DatasetVersionDetails, ApiError>({
    queryKey: [...keys.datasets, id, number],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/datasets/{dataset_id}/versions/{number}", {
          params: { path: { dataset_id: id, number } },
          signal,
        }),
      ),
  });
}

/** How a version differs from another one; nothing is read before there are two. */
export function useDiff(id: string, number: number, to: number | null) {
  return useQuery<VersionDiff, ApiError>({
    queryKey: [...keys.datasets, id, number, "diff", to],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/datasets/{dataset_id}/versions/{number}/diff", {
          params: { path: { dataset_id: id, number }, query: { to } },
          signal,
        }),
      ),
    enabled: to !== null,
  });
}

/** Make a data set without versions. */
export function useMake() {
  const client = useQueryClient();
  return useMutation<Dataset, ApiError, { name: string; description: string }>({
    networkMode: "always",
    mutationFn: ({ name, description }) =>
      unwrap(api.POST("/api/datasets", { body: { name, description: description.trim() || null } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.datasets }),
  });
}

/** Say what a version would be. */
export function usePreview(id: string) {
  return useMutation<VersionPreview, ApiError, VersionRequest>({
    networkMode: "always",
    mutationFn: (body) =>
      unwrap(
        api.POST("/api/datasets/{dataset_id}/versions/preview", {
          params: { path: { dataset_id: id } },
          body,
        }),
      ),
  });
}

/** Freeze a version; sent again with its key it is frozen once. */
export function useFreeze(id: string) {
  const client = useQueryClient();
  return useMutation<DatasetVersionDetails, ApiError, { body: VersionRequest; key: string }>({
    networkMode: "always",
    mutationFn: ({ body, key }) =>
      unwrap(
        api.POST("/api/datasets/{dataset_id}/versions", {
          params: { path: { dataset_id: id }, header: { "Idempotency-Key": key } },
          body,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.datasets }),
  });
}

/** Let a version's files expire again. */
export function useRetire(id: string, number: number) {
  const client = useQueryClient();
  return useMutation<DatasetVersionDetails, ApiError, void>({
    networkMode: "always",
    mutationFn: () =>
      unwrap(
        api.POST("/api/datasets/{dataset_id}/versions/{number}/retire", {
          params: { path: { dataset_id: id, number } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.datasets }),
  });
}

/** Erase texts of a data set for good. */
export function useRedactDataset(id: string) {
  const client = useQueryClient();
  return useMutation<Dataset, ApiError, DatasetText[]>({
    networkMode: "always",
    mutationFn: (texts) =>
      unwrap(
        api.POST("/api/datasets/{dataset_id}/redact", {
          params: { path: { dataset_id: id } },
          body: { texts },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.datasets }),
  });
}

/** Erase texts of a version for good; its manifest stays. */
export function useRedactVersion(id: string, number: number) {
  const client = useQueryClient();
  return useMutation<DatasetVersionDetails, ApiError, VersionText[]>({
    networkMode: "always",
    mutationFn: (texts) =>
      unwrap(
        api.POST("/api/datasets/{dataset_id}/versions/{number}/redact", {
          params: { path: { dataset_id: id, number } },
          body: { texts },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.datasets }),
  });
}

/** Delete a retired version with its manifest; what lists it is read again by whoever leaves its page. */
export function useDeleteVersion(id: string, number: number) {
  return useMutation<Dataset, ApiError, void>({
    networkMode: "always",
    mutationFn: () =>
      unwrap(
        api.DELETE("/api/datasets/{dataset_id}/versions/{number}", {
          params: { path: { dataset_id: id, number } },
        }),
      ),
  });
}

/** Have the model in use measured on a version. */
export function useMeasure(id: string, number: number) {
  const client = useQueryClient();
  return useMutation<Evaluation, ApiError, { recheck: boolean }>({
    networkMode: "always",
    mutationFn: ({ recheck }) =>
      unwrap(api.POST("/api/evaluations", { body: { dataset_id: id, number, recheck } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.evaluations }),
  });
}
