"use client";

import type { ResultAnswer } from "@/api/schema";
import { useHydrated } from "@/ui/use-hydrated";

import { ownerSecret } from "./owner-secrets";

/** Whether this browser may change and share a job: not where the job has a secret that another browser keeps. */
export function useMayChange(answer: Pick<ResultAnswer, "job_id" | "needs_owner_secret">): boolean {
  const hydrated = useHydrated(); // what is stored is not known while pages are exported
  return !answer.needs_owner_secret || (hydrated && ownerSecret(answer.job_id) !== undefined);
}
