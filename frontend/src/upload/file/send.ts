import { api, unwrap } from "@/api/client";
import { aborted, ApiError, fromAnswer, parsed } from "@/api/errors";
import type { UploadAccepted } from "@/api/schema";
import { workspaceHeaders } from "@/api/workspace";

import type { Format } from "./sniff";

/** Where a file goes that belongs to a batch. */
type Place = { batch: string; name: string; secret: string | undefined };

/** Larger files are sent in parts; for smaller ones one request is quicker, and little to send again. */
export const IN_PARTS_FROM = 16 * 1024 * 1024;

export type Sending = {
  /** Called with the bytes of the file sent so far, at most its size. */
  onProgress: (sent: number) => void;
  signal: AbortSignal;
  /** The id of the workspace that it is for, whichever one is chosen meanwhile; null for the personal one. */
  workspace: string | null;
  /** The open batch that it is for; none where it is for itself. */
  place?: Place;
};

/** Upload a file; resolves when the server has accepted it. Throws ApiError, or an AbortError when aborted. */
export async function sendFile(
  file: File,
  format: Format,
  name: string,
  sending: Sending,
): Promise<UploadAccepted> {
  const atOnce = file.size < IN_PARTS_FROM || sending.place !== undefined;
  if (atOnce) return sendAtOnce(file, format, name, sending);
  const { sendInParts } = await import("./send-in-parts"); // a first visit does not load it
  return sendInParts(file, format, name, sending);
}

function sendAtOnce(
  file: File,
  format: Format,
  name: string,
  { onProgress, signal, workspace, place }: Sending,
): Promise<UploadAccepted> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted());
    const request = new XMLHttpRequest(); // fetch does not report an upload's progress
    const abort = () => request.abort();
    const query = place ? `?${new URLSearchParams({ batch: place.batch, name: place.name })}` : "";
    request.open("POST", `/api/analyze-${format.kind}${query}`);
    request.setRequestHeader("Accept", "application/json");
    for (const [header, value] of Object.entries(workspaceHeaders(workspace)))
      request.setRequestHeader(header, value);
    if (place?.secret !== undefined) request.setRequestHeader("X-Owner-Secret", place.secret);
    request.upload.onprogress = (event) => onProgress(Math.min(file.size, event.loaded));
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => reject(new ApiError("OFFLINE", "No connection to the server.", 0));
    request.onabort = () => reject(aborted());
    request.onloadend = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    const form = new FormData();
    form.append("file", new File([file], name, { type: format.contentType }));
    request.send(form);
  });
}

/** Have the server fetch an address for a workspace, null for the personal one. Throws ApiError, or an AbortError when aborted. */
export function sendLink(
  url: string,
  workspace: string | null,
  signal: AbortSignal,
): Promise<UploadAccepted> {
  const params = { header: workspaceHeaders(workspace) };
  return unwrap(api.POST("/api/analyze-url", { body: { file_url: url }, params, signal }));
}

function settle(
  request: XMLHttpRequest,
  resolve: (answer: UploadAccepted) => void,
  reject: (error: ApiError) => void,
): void {
  const body = parsed(request.responseText);
  if (request.status >= 200 && request.status < 300 && isAccepted(body)) return resolve(body);
  const headers = new Headers({ "Retry-After": request.getResponseHeader("Retry-After") ?? "" });
  // A successful status with another body comes from a proxy in front of the server.
  const status = request.status < 400 ? 502 : request.status;
  reject(fromAnswer(body, new Response(null, { status, headers })));
}

function isAccepted(body: unknown): body is UploadAccepted {
  return typeof body === "object" && body !== null && "job_id" in body;
}
