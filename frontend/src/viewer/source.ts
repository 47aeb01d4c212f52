import { useState } from "react";

import type { ResultAnswer } from "@/api/schema";

/** Where the viewer gets pictures and videos from; a shared result has other addresses than one's own. */
export type Source = {
  /** An address that `<img>` and `<video>` can load, or null where there is none (deleted, not fetched yet). */
  artifactUrl(url: string | null | undefined): string | null;
  /** The upload itself, while this page has it in memory. */
  localFile: File | null;
  /** Where the server has the upload itself, for a video of which there is no preview. */
  original?: string | null;
};

const addresses = new WeakMap<File, string>();

/** An address of a file in memory; one per file, for as long as the page holds it. */
export function addressOf(file: File): string {
  const address = addresses.get(file) ?? URL.createObjectURL(file);
  addresses.set(file, address);
  return address;
}

/** Where the whole video or picture may come from, best first: the server's preview, then the file itself. */
export function mediaUrls(
  { result }: ResultAnswer,
  { artifactUrl, localFile, original = null }: Source,
): string[] {
  const candidates = [artifactUrl(result?.preview_url), localFile && addressOf(localFile), original];
  return candidates.filter((url) => url !== null);
}

/** The first address that did not fail to load, and how to say that it did. */
export function useFirstThatLoads(candidates: readonly string[]): [string | null, (url: string) => void] {
  const [failed, setFailed] = useState<ReadonlySet<string>>(new Set());
  const fail = (url: string) => setFailed((before) => new Set(before).add(url));
  return [candidates.find((url) => !failed.has(url)) ?? null, fail];
}
