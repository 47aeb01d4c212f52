"use client";

import { useEffect, useMemo, useState } from "react";

import { ApiError, fromAnswer } from "@/api/errors";
import type { ReportRequest, ResultAnswer } from "@/api/schema";
import { workspaceHeaders } from "@/api/workspace";
import type { Source } from "@/viewer/viewer";

/**
 * The files of a shared result. `<img>` and `<video>` cannot send the token that they need, so every file is fetched
 * with it and handed on as an address of this page's memory; null until it has come. The photo itself comes first, the video last.
 */
export function useSharedSource(token: string, answer: ResultAnswer | undefined): Source {
  const [addresses, setAddresses] = useState<ReadonlyMap<string, string>>(new Map());
  const wanted = useMemo(() => filesOf(answer).join("\n"), [answer]);
  useEffect(() => {
    const made: string[] = [];
    let stopped = false;
    const fetchFile = fetchSharedFile(token);
    const load = async (url: string) => {
      const blob = await fetchFile(url).catch(() => null); // what cannot be had is not shown
      if (blob === null || stopped) return;
      const address = URL.createObjectURL(blob);
      made.push(address);
      setAddresses((known) => new Map(known).set(url, address));
    };
    const loadAll = async () => {
      for (const url of wanted.split("\n").filter(Boolean)) if (!stopped) await load(url);
    };
    void loadAll();
    return () => {
      stopped = true;
      made.forEach((address) => URL.revokeObjectURL(address));
      setAddresses(new Map());
    };
  }, [token, wanted]);
  return useMemo(
    () => ({ artifactUrl: (url) => (url ? (addresses.get(url) ?? null) : null), localFile: null }),
    [addresses],
  );
}

function filesOf(answer: ResultAnswer | undefined): string[] {
  const result = answer?.result;
  if (!result || answer.files_deleted) return [];
  const photo = result.media.type === "image" || result.marked ? [result.preview_url] : [];
  const known = [
    ...photo,
    ...result.tracks.map((track) => track.thumbnail_url),
    ...result.top_k_suspicious.flatMap((moment) => [
      moment.face_url ?? moment.crop_url,
      moment.frame_url ?? moment.frame_overlay_url,
    ]),
    result.preview_url,
  ];
  return [...new Set(known.filter((url) => url !== null && url !== undefined))];
}

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
