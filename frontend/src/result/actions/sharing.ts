import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/errors";
import type { ShareStatus } from "@/api/schema";
import { asOwner } from "@/jobs/owner-secrets";

/** A link by which others can look at a result. */
export type ShareLink = {
  /** Complete address; the token is in its fragment, which browsers do not send to servers. */
  address: string;
  /** ISO 8601; null when it works as long as the result is there. */
  expiresAt: string | null;
};

/** Whether a link to the result works already. Throws ApiError; see `isAbsent`. */
export function shareStatus(id: string): Promise<ShareStatus> {
  return unwrap(api.GET("/api/jobs/{job_id}/share", asOwner(id)));
}

/** Make a link to a result, in place of an earlier one. Throws ApiError. */
export async function shareJob(id: string): Promise<ShareLink> {
  const made = await unwrap(api.POST("/api/jobs/{job_id}/share", asOwner(id)));
  return { address: `${location.origin}/s/#${made.token}`, expiresAt: made.expires_at };
}

/** Make a result's link work no more. Throws ApiError. */
export async function unshareJob(id: string): Promise<void> {
  await unwrap(api.DELETE("/api/jobs/{job_id}/share", asOwner(id)));
}

/** Whether a server without share links has answered. */
export function isAbsent(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 405);
}
