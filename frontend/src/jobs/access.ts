import { api, unwrap } from "@/api/client";
import { ApiError, fromAnswer, nullIfAbsent } from "@/api/errors";
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
    read: (signal) => readAnywhere(id, chosenWorkspace(), chooseWorkspace, signal),
    events: inWorkspace(`/api/jobs/${encodeURIComponent(id)}/events`),
  };
}

/** A job of a workspace, which is read there whichever one is chosen; null is the personal one. */
export function jobIn(workspace: string | null, id: string): Access {
  return {
    key: keys.result(id),
    read: (signal) => readIn(workspace, id, signal),
    events: inWorkspace(`/api/jobs/${encodeURIComponent(id)}/events`, workspace),
  };
}

// Where jobs were found; they stay there.
const places = new Map<string, string | null>();

/** A job as one of several on a page, each of whichever workspace of the reader: none is chosen by it. */
export function oneOfSeveral(id: string): Access {
  return {
    key: keys.result(id),
    read: (signal) => readAnywhere(id, workspaceOf(id), (workspace) => places.set(id, workspace), signal),
    events: null,
  };
}

/** The workspace where `oneOfSeveral` has found a job, null for the personal one; the chosen one before. */
export function workspaceOf(id: string): string | null {
  return places.has(id) ? (places.get(id) ?? null) : chosenWorkspace();
}

async function readIn(workspace: string | null, id: string, signal: AbortSignal): Promise<ResultAnswer> {
  const params = { path: { job_id: id }, header: workspaceHeaders(workspace) };
  return understood(await unwrap(api.GET("/api/results/{job_id}", { params, signal })));
}

/** Read a job where it should be, else in another workspace of the reader, which `found` is called with. */
async function readAnywhere(
  id: string,
  first: string | null,
  found: (workspace: string | null) => void,
  signal: AbortSignal,
): Promise<ResultAnswer> {
  try {
    return await readIn(first, id, signal);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "NOT_FOUND") throw error;
    const me = await unwrap(api.GET("/api/auth/me", { params: { query: { optional: true } }, signal }));
    for (const { id: workspaceId, personal } of me?.workspaces ?? []) {
      const workspace = personal ? null : workspaceId;
      if (workspace === first) continue;
      const answer = await readIn(workspace, id, signal).catch(nullIfAbsent);
      if (answer === null) continue;
      found(workspace);
      return answer;
    }
    throw error;
  }
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
