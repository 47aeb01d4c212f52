import { DetailedError, Upload } from "tus-js-client";

import { api, unwrap } from "@/api/client";
import { aborted, ApiError, fromAnswer, parsed } from "@/api/errors";
import type { UploadAccepted } from "@/api/schema";
import { workspaceHeaders } from "@/api/workspace";

import { keptUploads } from "./kept-uploads";
import type { Sending } from "./send";
import type { Format } from "./sniff";

const PATH = "/api/uploads";
const PAUSES_MS = [0, 1000, 3000, 5000, 10_000];

/**
 * Upload a file by requests that go on from where the last one broke off, also after a reload. Resolves when the server
 * has accepted the whole. Throws ApiError; an AbortError when aborted, after which the server keeps nothing of it.
 */
export async function sendInParts(
  file: File,
  format: Format,
  name: string,
  { onProgress, signal, workspace }: Sending,
): Promise<UploadAccepted> {
  const address = await delivered(file, format, name, { onProgress, signal, workspace });
  const id = address.slice(address.lastIndexOf("/") + 1);
  const { job } = await unwrap(
    api.GET("/api/uploads/{upload_id}", {
      params: { path: { upload_id: id }, header: workspaceHeaders(workspace) },
      signal,
    }),
  );
  if (job === null) throw new ApiError("MISMATCH", "The server has not the whole file.", 502);
  return job;
}

/** The address of the upload, once the server has all of it. */
function delivered(
  file: File,
  format: Format,
  name: string,
  { onProgress, signal, workspace }: Sending,
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted());
    const upload = new Upload(file, {
      endpoint: PATH,
      metadata: { filename: name, filetype: format.contentType },
      headers: { Accept: "application/json", ...workspaceHeaders(workspace) },
      retryDelays: PAUSES_MS,
      urlStorage: keptUploads,
      removeFingerprintOnSuccess: true,
      onProgress: (sent) => onProgress(Math.min(file.size, sent)),
      onSuccess: () => settle(() => resolve(upload.url ?? "")),
      onError: (error) => settle(() => reject(toApiError(error))),
    });
    const abort = () =>
      settle(() => {
        // The server removes by itself what cannot be removed now.
        void upload.abort(true).catch(() => undefined);
        reject(aborted());
      });
    function settle(end: () => void) {
      signal.removeEventListener("abort", abort);
      end();
    }
    signal.addEventListener("abort", abort);
    void goOn(upload, signal);
  });
}

async function goOn(upload: Upload, signal: AbortSignal): Promise<void> {
  const earlier = (await upload.findPreviousUploads()).at(-1);
  if (signal.aborted) return;
  if (earlier !== undefined) upload.resumeFromPreviousUpload(earlier);
  upload.start();
}

function toApiError(error: Error | DetailedError): ApiError {
  const answer = error instanceof DetailedError ? error.originalResponse : null;
  const status = answer?.getStatus() ?? 0;
  if (answer === null || status === 0) return new ApiError("OFFLINE", "No connection to the server.", 0);
  const headers = new Headers({ "Retry-After": answer.getHeader("Retry-After") ?? "" });
  // A successful status with another body comes from a proxy in front of the server.
  const response = { status: status < 400 ? 502 : status, headers } as Response;
  return fromAnswer(parsed(answer.getBody()), response);
}
