import { api, unwrap } from "@/api/client";
import { ApiError, fromAnswer } from "@/api/errors";
import { keys } from "@/api/queries";
import type { ResultAnswer } from "@/api/schema";

/** By which way a job is read: as one's own, or by a share link. */
export type Access = {
  /** Where the answer is kept in the query cache. */
  key: readonly unknown[];
  /** Read the job; throws ApiError. */
  read: (signal: AbortSignal) => Promise<ResultAnswer>;
  /** Address of its events; null where they cannot be had, and reading again is the only way. */
  events: string | null;
};

/** A job of one's own account, or of nobody's where accounts are off. */
export function ownJob(id: string): Access {
  return {
    key: keys.result(id),
    read: async (signal) =>
      understood(
        await unwrap(api.GET("/api/results/{job_id}", { params: { path: { job_id: id } }, signal })),
      ),
    events: `/api/jobs/${encodeURIComponent(id)}/events`,
  };
}

/** Somebody's job by the token of a share link: read-only. The token goes in a header, never in an address. */
export function sharedJob(token: string): Access {
  return { key: ["shared", token], read: (signal) => readShared(token, signal), events: null };
}

async function readShared(token: string, signal: AbortSignal): Promise<ResultAnswer> {
  let response: Response;
  try {
    response = await fetch("/api/shared", { headers: { "X-Share-Token": token }, signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ApiError("OFFLINE", "No connection to the server.", 0);
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw fromAnswer(body, response);
  return understood(body);
}

/** Refuse what another version of the server, or something before it, has answered. */
function understood(body: unknown): ResultAnswer {
  const told = typeof body === "object" && body !== null ? (body as Partial<ResultAnswer>) : {};
  const known = typeof told.state === "string" && typeof told.revision === "number";
  if (known && told.metadata && told.progress) return told as ResultAnswer;
  throw new ApiError("MISMATCH", "The server's answer was not understood.", 200);
}
