"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useCallback } from "react";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/queries";
import type { MarkedFaces, MeAnswer, ResultAnswer } from "@/api/schema";
import { asOwner, keepOwnerSecret, ownerSecret } from "@/jobs/owner-secrets";
import { remember } from "@/jobs/remembered";
import { isFinal } from "@/jobs/stages";
import type { OnMark } from "@/viewer/viewer";

const FOLLOWED_MS = 3_000;

/** Has a face of a result's file analysed, and goes to the page of its analysis. */
export function useMark({ job_id, metadata }: ResultAnswer): OnMark {
  const client = useQueryClient();
  const router = useRouter();
  return useCallback(
    async (box, timeMs) => {
      const made = await unwrap(
        api.POST("/api/jobs/{job_id}/marks", {
          ...asOwner(job_id),
          body: { box: [...box], timestamp_ms: timeMs },
        }),
      );
      // The sender of a file may change what is found in it.
      const secret = ownerSecret(job_id);
      if (secret !== undefined) keepOwnerSecret(made.job_id, secret);
      const me = client.getQueryData<MeAnswer | null>(keys.me);
      if (me === null || me === undefined) {
        const filename = metadata.original_filename;
        remember({ id: made.job_id, filename, mediaType: made.media_type, addedAt: made.created_at });
      }
      for (const queryKey of [keys.marks(job_id), keys.jobs, keys.me]) {
        void client.invalidateQueries({ queryKey });
      }
      router.push(`/result/?id=${encodeURIComponent(made.job_id)}`);
    },
    [client, router, job_id, metadata],
  );
}

/** The faces that were marked in a job's file, followed until all of them are analysed. */
export function useMarks(id: string, enabled: boolean) {
  return useQuery<MarkedFaces>({
    queryKey: keys.marks(id),
    queryFn: () => unwrap(api.GET("/api/jobs/{job_id}/marks", { params: { path: { job_id: id } } })),
    enabled,
    refetchInterval: ({ state }) =>
      state.data?.marks.some((mark) => !isFinal(mark.state)) ? FOLLOWED_MS : false,
  });
}
