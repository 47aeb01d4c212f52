"use client";

import { useMe, useWorkspace } from "@/api/queries";
import type { ResultAnswer } from "@/api/schema";
import { useHydrated } from "@/ui/use-hydrated";

import { ownerSecret } from "./owner-secrets";

type Known = Pick<ResultAnswer, "job_id" | "needs_owner_secret" | "sent_by">;

/**
 * Whether the reader may change and share a job: who has sent it, and whoever may do so with all of the workspace; of a
 * job without an account, the browser that keeps its secret.
 */
export function useMayChange(answer: Known): boolean {
  const hydrated = useHydrated(); // what is stored is not known while pages are exported
  const maySent = useMayChangeSent(answer.sent_by ?? null);
  if (answer.needs_owner_secret) return hydrated && ownerSecret(answer.job_id) !== undefined;
  return maySent;
}

/** Whether the reader may change what a member of the workspace has sent: the address of who it was. */
export function useMayChangeSent(sentBy: string | null): boolean {
  const workspace = useWorkspace();
  const email = useMe().data?.email;
  if (workspace === null || workspace.may.includes("delete")) return true;
  return workspace.may.includes("analyse") && sentBy === email;
}
