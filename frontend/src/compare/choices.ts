"use client";

import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys, useMe } from "@/api/queries";
import { useRemembered } from "@/jobs/remembered";

/** A file that can be compared. */
export type Choice = { id: string; name: string; /** ISO 8601. */ at: string };

/** As many as a list can hold that is looked through by eye. */
const MOST = 100;

/** The newest analyses of the account that is signed in, else those that this browser remembers. */
export function useChoices(): Choice[] {
  const me = useMe();
  const remembered = useRemembered();
  const signedIn = me.data !== undefined && me.data !== null;
  const jobs = useQuery({
    queryKey: [...keys.jobs, "choices"],
    enabled: signedIn,
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/jobs/me", { params: { query: { limit: MOST, offset: 0 } }, signal })),
  });
  if (!signedIn)
    return remembered
      .slice(0, MOST)
      .map(({ id, filename, addedAt }) => ({ id, name: filename, at: addedAt }));
  return (jobs.data?.jobs ?? [])
    .filter(({ state }) => state === "COMPLETED")
    .map((job) => ({ id: job.job_id, name: job.original_filename, at: job.created_at }));
}
