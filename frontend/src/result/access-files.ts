import { ApiError, fromAnswer } from "@/api/errors";

/** Fetches a file of a result; one's own by the cookie, a shared one by its token. Throws ApiError. */
export type FetchFile = (url: string) => Promise<Blob>;

/** How files of one's own results are fetched. */
export const fetchOwnFile: FetchFile = (url) => fetchFile(url, {});

/** How files of a shared result are fetched: the token goes in a header, never in an address. */
export function fetchSharedFile(token: string): FetchFile {
  return (url) => fetchFile(url, { "X-Share-Token": token });
}

async function fetchFile(url: string, headers: Record<string, string>): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(url, { headers });
  } catch {
    throw new ApiError("OFFLINE", "No connection to the server.", 0);
  }
  if (!response.ok) throw fromAnswer(await response.json().catch(() => null), response);
  return response.blob();
}
