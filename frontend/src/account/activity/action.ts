import type { ActivityEntry } from "@/api/schema";

const ACTIONS = [
  "job_accepted",
  "job_completed",
  "job_failed",
  "job_cancelled",
  "job_retried",
  "job_expired",
  "job_deleted",
  "upload_reused",
  "file_fetched",
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
  "review_asked",
  "review_handed",
  "review_submitted",
  "review_second_asked",
  "review_disputed",
  "review_adjudicated",
  "review_corrected",
  "label_decided",
  "batch_accepted",
  "batch_cancelled",
  "batch_deleted",
  "media_changed",
  "media_commented",
  "media_held",
  "media_released",
  "media_deleted",
  "media_forgotten",
  "media_many_asked",
  "media_many_ended",
  "comment_withdrawn",
  "view_saved",
  "view_deleted",
  "results_exported",
  "recheck_asked",
  "recheck_paused",
  "recheck_resumed",
  "recheck_stopped",
  "recheck_finished",
  "recheck_redacted",
  "dataset_created",
  "dataset_frozen",
  "dataset_exported",
  "dataset_retired",
  "dataset_redacted",
  "dataset_version_deleted",
  "evaluation_asked",
  "policy_drafted",
  "policy_approved",
  "policy_retired",
  "policy_redacted",
  "workspace_created",
  "workspace_changed",
  "member_added",
  "member_changed",
  "member_joined",
  "member_left",
  "member_removed",
  "invitation_created",
  "invitation_revoked",
  "key_created",
  "key_revoked",
  "webhook_created",
  "webhook_enabled",
  "webhook_disabled",
  "webhook_secret_changed",
  "webhook_deleted",
] as const;

export type Action = (typeof ACTIONS)[number];

/** A key of `activity.actions`; null for an action that this page does not know. */
export function actionOf(action: string): Action | null {
  return ACTIONS.find((known) => known === action.replace(".", "_")) ?? null;
}

/** What an entry says besides, as short text: a member's new role, a key's name, a failure's code, or that it was erased. */
export function saidOf(
  { details, erased }: Pick<ActivityEntry, "details" | "erased">,
  erasedWord: string,
): string {
  return Object.entries(details ?? {})
    .map(([name, value]) => [name, erased.includes(name) ? erasedWord : value] as const)
    .filter(([name, value]) => name !== "by" && value !== null && value !== "")
    .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ")
    .slice(0, 200);
}
