import { api, unwrap } from "@/api/client";
import { aborted, ApiError, fromAnswer, nullIfAbsent, parsed } from "@/api/errors";
import type { BatchCreated } from "@/api/schema";
import { workspaceHeaders } from "@/api/workspace";
import { keepOwnerSecret, ownerSecret } from "@/jobs/owner-secrets";

import { archiveKey, dropArchiveKey } from "./archive-keys";
import type { Walked } from "./folders";
import { begunBatches, rememberBatch } from "./open-batches";
import { markOf } from "./same-files";
import { sender, type Deliver } from "./sender";

/**
 * Make an open batch in a workspace, or go on with one of the same files that this browser has left open, and send the files
 * to it. Resolves with its id as soon as it is there; sending goes on. Throws ApiError.
 */
export async function beginFiles(
  name: string,
  { found, unreadable }: Walked,
  workspace: string | null,
  deliver: Deliver,
): Promise<string> {
  const mark = markOf(found);
  const batch = (await leftOpen(mark, workspace)) ?? (await made(name, mark, workspace));
  if (sender.sendsTo(batch)) return batch;
  const place = { batch, workspace, secret: ownerSecret(batch) };
  const close = async () => {
    await unwrap(api.POST("/api/batches/{batch_id}/close", asBatchOwner(batch, workspace)));
  };
  const leftOut = unreadable.map((path) => ({ path, failure: { code: "FILE_UNREADABLE" as const } }));
  void sender.send(place, found, deliver, close, leftOut).finally(warnWhileBusy);
  warnWhileBusy();
  return batch;
}

type SendingArchive = {
  /** Called with the share that was sent, from 0 to 1. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
};

let archives = 0; // that are being sent

// What these say of a key that was used before: the batch that it made is deleted, or takes nothing any more.
const USED_UP = ["NOT_FOUND", "IDEMPOTENCY_KEY_REUSED"];

/**
 * Send a ZIP archive to a workspace, where its files become a batch; resolves with its id when all has come. The same archive,
 * sent again after a broken line, goes on where it was. Throws ApiError, or an AbortError when aborted.
 */
export async function sendArchive(
  file: File,
  workspace: string | null,
  sending: SendingArchive,
): Promise<string> {
  const name = file.name.slice(0, 255);
  const { key, used } = archiveKey(markOf([{ file, path: file.name }]), workspace, name);
  archives++;
  warnWhileBusy();
  try {
    const created = await post(file, name, workspace, key, sending);
    dropArchiveKey(key);
    if (!used || created.state !== "CANCELLED") return kept(created, workspace);
  } catch (error) {
    if (!used || !(error instanceof ApiError) || !USED_UP.includes(error.code)) throw error;
    dropArchiveKey(key);
  } finally {
    archives--;
    warnWhileBusy();
  }
  return sendArchive(file, workspace, sending);
}

function post(
  file: File,
  name: string,
  workspace: string | null,
  key: string,
  { onProgress, signal }: SendingArchive,
): Promise<BatchCreated> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted());
    const request = new XMLHttpRequest(); // fetch does not report an upload's progress
    const abort = () => request.abort();
    request.open("POST", `/api/batches?${new URLSearchParams({ name })}`);
    request.setRequestHeader("Accept", "application/json");
    for (const [header, value] of Object.entries(workspaceHeaders(workspace)))
      request.setRequestHeader(header, value);
    request.setRequestHeader("Content-Type", "application/zip");
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = (event) => onProgress(file.size === 0 ? 1 : event.loaded / file.size);
    request.onerror = () => reject(new ApiError("OFFLINE", "No connection to the server.", 0));
    request.onabort = () => reject(aborted());
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status === 200 && isCreated(body)) return resolve(body);
      const status = request.status < 400 ? 502 : request.status;
      reject(fromAnswer(body, new Response(null, { status })));
    };
    request.onloadend = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    request.send(file);
  });
}

/** The parameters of a request that changes a batch of the chosen workspace, or of the one that is given. */
export function asBatchOwner(id: string, workspace?: string | null) {
  const place = workspace === undefined ? {} : workspaceHeaders(workspace);
  return { params: { path: { batch_id: id }, header: { "X-Owner-Secret": ownerSecret(id), ...place } } };
}

/** The open batch of the same files; also one to which this page sends them at the moment. */
async function leftOpen(mark: string, workspace: string | null): Promise<string | null> {
  const begun = begunBatches().find((known) => known.mark === mark && known.workspace === workspace);
  if (begun === undefined || sender.sendsTo(begun.id)) return begun?.id ?? null;
  const params = { path: { batch_id: begun.id }, header: workspaceHeaders(workspace) };
  const found = await unwrap(api.GET("/api/batches/{batch_id}", { params })).catch(nullIfAbsent);
  return found?.state === "OPEN" ? begun.id : null;
}

async function made(name: string, mark: string, workspace: string | null): Promise<string> {
  const body = { name: name.slice(0, 255), open: true, urls: [], items: [] };
  const params = { header: workspaceHeaders(workspace) };
  return kept(await unwrap(api.POST("/api/batches", { body, params })), workspace, mark);
}

function kept(created: BatchCreated, workspace: string | null, mark?: string): string {
  const { batch_id: id, owner_secret, name, created_at: addedAt } = created;
  if (owner_secret !== null) keepOwnerSecret(id, owner_secret);
  rememberBatch({ id, name, addedAt, workspace, mark });
  return id;
}

/** Have the browser ask before the page is left, as long as something is being sent. */
function warnWhileBusy(): void {
  if (sender.busy || archives > 0) addEventListener("beforeunload", warn);
  else removeEventListener("beforeunload", warn);
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function isCreated(body: unknown): body is BatchCreated {
  return typeof body === "object" && body !== null && "batch_id" in body;
}
