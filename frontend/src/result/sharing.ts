import { ApiError, fromAnswer } from "@/api/errors";

/** A link by which others can look at a result. */
export type ShareLink = {
  /** Complete address; the token is in its fragment, which browsers do not send to servers. */
  address: string;
  /** ISO 8601; null when it works as long as the result is there. */
  expiresAt: string | null;
};

/** Make a link to a result. Throws ApiError; see `isAbsent`. */
export async function shareJob(id: string): Promise<ShareLink> {
  const answer = await send(id, "POST");
  if (!isShared(answer)) throw new ApiError("MISMATCH", "The server's answer was not understood.", 200);
  return { address: `${location.origin}/s/#${answer.token}`, expiresAt: answer.expires_at ?? null };
}

/** Make a result's link work no more. Throws ApiError. */
export async function unshareJob(id: string): Promise<void> {
  await send(id, "DELETE");
}

/** Whether a server without share links has answered. */
export function isAbsent(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 405);
}

async function send(id: string, method: "POST" | "DELETE"): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`/api/jobs/${encodeURIComponent(id)}/share`, { method });
  } catch {
    throw new ApiError("OFFLINE", "No connection to the server.", 0);
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw fromAnswer(body, response);
  return body;
}

function isShared(body: unknown): body is { token: string; expires_at?: string | null } {
  return typeof body === "object" && body !== null && "token" in body && typeof body.token === "string";
}
