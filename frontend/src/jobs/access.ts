import { api, unwrap } from "@/api/client";
import { ApiError, fromAnswer } from "@/api/errors";
import { keys } from "@/api/queries";
import { chooseWorkspace, chosenWorkspace, inWorkspace, workspaceHeaders } from "@/api/workspace";
import type { ResultAnswer } from "@/api/schema";

/** How a job is read: by its owner, or through a share link. */
export type Access = {
  /** Where the answer is kept in the query cache. */
  key: readonly unknown[];
  /** Read the job; throws ApiError. */
  read: (signal: AbortSignal) => Promise<ResultAnswer>;
  /** Address of its event stream; null where there is none, and polling is the only way. */
  events: string | null;
};

/**
 * A job that the reader has opened: of the account that is signed in, or of no account where accounts are off. One of another
 * workspace of the reader chooses that.
 */
export function ownJob(id: string): Access {
  return {
    key: keys.result(id),
    read: async (signal) => understood(await readOwn(id, signal)),
    events: inWorkspace(`/api/jobs/${encodeURIComponent(id)}/events`),
  };
}

/** A job of a workspace, which is read there whichever one is chosen; null is the personal one. */
export function jobIn(workspace: string | null, id: string): Access {
  const params = { path: { job_id: id }, header: workspaceHeaders(workspace) };
  return {
    key: keys.result(id),
    read: async (signal) => understood(await unwrap(api.GET("/api/results/{job_id}", { params, signal }))),
    events: inWorkspace(`/api/jobs/${encodeURIComponent(id)}/events`, workspace),
  };
}

async function readOwn(id: string, signal: AbortSignal): Promise<ResultAnswer> {
  const path = { job_id: id };
  try {
    return await unwrap(api.GET("/api/results/{job_id}", { params: { path }, signal }));
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "NOT_FOUND") throw error;
    return (await readElsewhere(id, signal).catch(() => null)) ?? Promise.reject(error);
  }
}

/** Read a job of another workspace of the reader, which is chosen then, so that a link works whichever one is chosen. */
async function readElsewhere(id: string, signal: AbortSignal): Promise<ResultAnswer | null> {
  const me = await unwrap(api.GET("/api/auth/me", { params: { query: { optional: true } }, signal }));
  const workspaces = me?.workspaces ?? [];
  const present = chosenWorkspace() ?? workspaces.find(({ personal }) => personal)?.id;
  for (const other of workspaces.filter((one) => one.id !== present)) {
    const params = { path: { job_id: id }, header: workspaceHeaders(other.id) };
    const { data } = await api.GET("/api/results/{job_id}", { params, signal });
    if (data === undefined) continue;
    chooseWorkspace(other.personal ? null : other.id);
    return data;
  }
  return null;
}

/** A job through the token of a share link: read-only. The token goes in a header, never in an address. */
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

/** Refuse an answer of another version of the server, or of a proxy in front of it. */
function understood(body: unknown): ResultAnswer {
  const answer = typeof body === "object" && body !== null ? (body as Partial<ResultAnswer>) : {};
  const known = typeof answer.state === "string" && typeof answer.revision === "number";
  if (known && answer.metadata && answer.progress) return answer as ResultAnswer;
  throw new ApiError("MISMATCH", "The server's answer was not understood.", 200);
}
