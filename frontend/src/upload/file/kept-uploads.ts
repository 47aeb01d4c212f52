import { nanoid } from "nanoid";
import type { PreviousUpload, UrlStorage } from "tus-js-client";

const STORED = "deepshield.uploads";
const MOST = 20;
const KEPT_MS = 24 * 3600 * 1000; // as long as the server keeps an unfinished upload by itself

type Entry = PreviousUpload & { fingerprint: string };

/** What this browser keeps of unfinished uploads, so that the same file goes on after a reload; no bytes of it. */
export const keptUploads: UrlStorage = {
  findAllUploads: async () => entries(),
  findUploadsByFingerprint: async (fingerprint) =>
    entries().filter((entry) => entry.fingerprint === fingerprint),
  removeUpload: async (key) => keep(entries().filter((entry) => entry.urlStorageKey !== key)),
  addUpload: async (fingerprint, upload) => {
    const key = nanoid();
    keep([...entries(), { ...upload, fingerprint, urlStorageKey: key }]);
    return key;
  },
};

function entries(): Entry[] {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) ?? "[]") as Entry[];
    return kept.filter(({ creationTime }) => Date.now() - Date.parse(creationTime) < KEPT_MS);
  } catch {
    return [];
  }
}

function keep(kept: Entry[]): void {
  try {
    if (kept.length === 0) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, JSON.stringify(kept.slice(-MOST)));
  } catch {
    // Full or forbidden: an upload still goes on after a broken line, not after a reload.
  }
}
