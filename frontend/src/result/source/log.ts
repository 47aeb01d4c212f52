import type { LogEntry } from "@/api/schema";

const ACTIONS = [
  "job_accepted",
  "upload_reused",
  "file_fetched",
  "job_completed",
  "job_failed",
  "job_cancelled",
  "job_retried",
  "file_expired",
  "artifacts_expired",
  "artifact_read",
  "file_read",
  "report_made",
  "evidence_made",
  "result_read",
  "share_created",
  "share_revoked",
  "feedback_given",
] as const;

export type Action = (typeof ACTIONS)[number];

/** A key of `result.source.actions`; null for an action that this page does not know. */
export function actionOf({ action }: Pick<LogEntry, "action">): Action | null {
  const key = action.replace(".", "_");
  return ACTIONS.find((known) => known === key) ?? null;
}

/** Who did it: an account, a visitor, somebody with the link of a shared result, or the service itself. */
export function readerOf({
  actor,
  action,
  details,
}: Pick<LogEntry, "actor" | "action" | "details">): "account" | "visitor" | "link" | "service" {
  const by = details?.["by"];
  if (by === "link" || by === "visitor") return by;
  if (actor !== null) return "account";
  return SERVICE.includes(actionOf({ action })) ? "service" : "visitor";
}

const SERVICE: readonly (Action | null)[] = [
  "job_completed",
  "job_failed",
  "file_fetched",
  "file_expired",
  "artifacts_expired",
  null,
];
