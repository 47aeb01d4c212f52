"use client";

import { useEffect, useMemo, useState } from "react";

import type { ResultAnswer } from "@/api/schema";

import type { Source } from "./source";

type FetchFile = (url: string) => Promise<Blob>;

/**
 * The files of a shared result. `<img>` and `<video>` cannot send the token that they need, so `fetchFile`, the same at
 * every call, fetches each, and it is handed on as an address of this page's memory; null until it has come. The photo
 * itself comes first, the video last.
 */
export function useFetchedSource(fetchFile: FetchFile, answer: ResultAnswer | undefined): Source {
  const [addresses, setAddresses] = useState<ReadonlyMap<string, string>>(new Map());
  const wanted = useMemo(() => filesOf(answer).join("\n"), [answer]);
  useEffect(() => {
    const made: string[] = [];
    let stopped = false;
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
  }, [fetchFile, wanted]);
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
