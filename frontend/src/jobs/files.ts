import { ApiError, fromAnswer } from "@/api/errors";
import type { ReportRequest } from "@/api/schema";
import { workspaceHeaders } from "@/api/workspace";

/** Fetches a file of a result; one's own by the cookie, a shared one by its token. Throws ApiError. */
export type FetchFile = (url: string) => Promise<Blob>;

/** How files of one's own results are fetched. */
export const fetchOwnFile: FetchFile = (url) => fetchBlob(url, {});

/** How files of a shared result are fetched: the token goes in a header, never in an address. */
export function fetchSharedFile(token: string): FetchFile {
  return (url) => fetchBlob(url, { headers: { "X-Share-Token": token } });
}

/** Has the report of one's own job made; throws ApiError. */
export function fetchOwnReport(id: string): (wanted: ReportRequest) => Promise<Blob> {
  return (wanted) => post(`/api/jobs/${encodeURIComponent(id)}/report.pdf`, wanted, workspaceHeaders());
}

/** Has the report of a shared result made; throws ApiError. */
export function fetchSharedReport(token: string): (wanted: ReportRequest) => Promise<Blob> {
  return (wanted) => post("/api/shared/report.pdf", wanted, { "X-Share-Token": token });
}

function post(url: string, body: object, headers: Record<string, string>): Promise<Blob> {
  const json = { "Content-Type": "application/json", ...headers };
  return fetchBlob(url, { method: "POST", body: JSON.stringify(body), headers: json });
}

async function fetchBlob(url: string, init: RequestInit): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch {
    throw new ApiError("OFFLINE", "No connection to the server.", 0);
  }
  if (!response.ok) throw fromAnswer(await response.json().catch(() => null), response);
  return response.blob();
}
