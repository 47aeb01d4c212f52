import { api, unwrap } from "@/api/client";
import { ApiError, fromAnswer, parsed } from "@/api/errors";
import type { BatchCreated } from "@/api/schema";
import { workspaceHeaders } from "@/api/workspace";
import { keepOwnerSecret, ownerSecret } from "@/jobs/owner-secrets";

import type { Found } from "./folders";
import { begunBatches, rememberBatch } from "./open-batches";
import { sender, type Deliver } from "./sender";

/**
 * Make an open batch, or go on with one of this name that this browser has left open, and send files to it. Resolves with its
 * id as soon as it is there; sending goes on. Throws ApiError.
 */
export async function beginFiles(name: string, files: readonly Found[], deliver: Deliver): Promise<string> {
  const batch = (await leftOpen(name)) ?? (await made(name));
  const secret = ownerSecret(batch);
  const close = async () => {
    await unwrap(api.POST("/api/batches/{batch_id}/close", asBatchOwner(batch)));
  };
  addEventListener("beforeunload", warn);
  void sender
    .send({ batch, secret }, files, deliver, close)
    .finally(() => removeEventListener("beforeunload", warn));
  return batch;
}

/** Send a ZIP archive, whose files become a batch; resolves with its id when all has come. Throws ApiError. */
export function sendArchive(file: File, onProgress: (share: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not report an upload's progress
    request.open("POST", `/api/batches?${new URLSearchParams({ name: file.name.slice(0, 255) })}`);
    request.setRequestHeader("Accept", "application/json");
    for (const [header, value] of Object.entries(workspaceHeaders())) request.setRequestHeader(header, value);
    request.setRequestHeader("Content-Type", "application/zip");
    // The same archive, sent again after a broken line, goes on where it was.
    request.setRequestHeader("Idempotency-Key", `zip-${file.size}-${file.lastModified}-${hash(file.name)}`);
    request.upload.onprogress = (event) => onProgress(file.size === 0 ? 1 : event.loaded / file.size);
    request.onerror = () => reject(new ApiError("OFFLINE", "No connection to the server.", 0));
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status === 200 && isCreated(body)) return resolve(kept(body));
      const status = request.status < 400 ? 502 : request.status;
      reject(fromAnswer(body, new Response(null, { status })));
    };
    request.send(file);
  });
}

/** The parameters of a request that changes a batch. */
export function asBatchOwner(id: string) {
  return { params: { path: { batch_id: id }, header: { "X-Owner-Secret": ownerSecret(id) } } };
}

async function leftOpen(name: string): Promise<string | null> {
  const begun = begunBatches().find((known) => known.name === name);
  if (begun === undefined) return null;
  try {
    const params = { path: { batch_id: begun.id } };
    const { state } = await unwrap(api.GET("/api/batches/{batch_id}", { params }));
    return state === "OPEN" ? begun.id : null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

async function made(name: string): Promise<string> {
  const body = { name: name.slice(0, 255), open: true, urls: [], items: [] };
  return kept(await unwrap(api.POST("/api/batches", { body })));
}

function kept(created: BatchCreated): string {
  const { batch_id: id, owner_secret, name, created_at: addedAt } = created;
  if (owner_secret !== null) keepOwnerSecret(id, owner_secret);
  rememberBatch({ id, name, addedAt });
  return id;
}

function warn(event: BeforeUnloadEvent): void {
  if (sender.busy) event.preventDefault();
}

function isCreated(body: unknown): body is BatchCreated {
  return typeof body === "object" && body !== null && "batch_id" in body;
}

function hash(text: string): string {
  let sum = 0;
  for (const letter of text) sum = (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) | 0;
  return (sum >>> 0).toString(36);
}
