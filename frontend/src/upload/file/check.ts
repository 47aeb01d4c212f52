import type { MediaKind, ServiceLimits } from "@/api/schema";
import type { Failure } from "@/failures/failure";

import { readHead, sniff, type Format } from "./sniff";

/** A file that may be sent, as what it is; or why it may not. */
export type Checked = { format: Format; failure: null } | { format: Format | null; failure: Failure };

/** Browsers round durations; the server measures them exactly and decides. */
const TOLERANCE_SECONDS = 0.5;
const LONGEST_WAIT_MS = 4_000;

/**
 * Check a file before it is sent: its kind by content, its size, a video's duration where this browser can read it.
 * Without limits (the server has not answered) only the kind; the server checks everything again.
 */
export async function check(
  file: File,
  limits: ServiceLimits | null,
  seconds: (file: File) => Promise<number | null> = videoSeconds,
): Promise<Checked> {
  if (file.size === 0) return { format: null, failure: { code: "EMPTY_FILE" } };
  let head: Uint8Array;
  try {
    head = await readHead(file);
  } catch {
    return { format: null, failure: { code: "FILE_UNREADABLE" } };
  }
  const format = sniff(head);
  if (format === null) return { format, failure: { code: "INVALID_MAGIC_BYTES" } };
  const failure =
    limits &&
    ((await sizeFailure(file, limits)) ?? (await lengthFailure(file, format.kind, limits, seconds)));
  return { format, failure };
}

async function sizeFailure(file: File, { upload }: ServiceLimits): Promise<Failure | null> {
  if (file.size <= upload.max_bytes) return null;
  return { code: "FILE_TOO_LARGE", is: file.size, limit: upload.max_bytes };
}

async function lengthFailure(
  file: File,
  kind: MediaKind,
  { video }: ServiceLimits,
  seconds: (file: File) => Promise<number | null>,
): Promise<Failure | null> {
  if (kind !== "video") return null;
  const is = await seconds(file);
  const limit = video.max_duration_seconds;
  return is !== null && is > limit + TOLERANCE_SECONDS ? { code: "VIDEO_TOO_LONG", is, limit } : null;
}

/** A video's duration in seconds as this browser reads it; null when it cannot, or takes longer than 4 seconds. */
export function videoSeconds(file: File): Promise<number | null> {
  return new Promise((resolve) => {
    const url = URL.createObjectURL(file);
    const video = document.createElement("video");
    const done = (seconds: number | null) => {
      clearTimeout(timer);
      video.removeAttribute("src");
      URL.revokeObjectURL(url);
      resolve(seconds);
    };
    const timer = setTimeout(() => done(null), LONGEST_WAIT_MS);
    video.preload = "metadata";
    video.onloadedmetadata = () => done(Number.isFinite(video.duration) ? video.duration : null);
    video.onerror = () => done(null);
    video.src = url;
  });
}
