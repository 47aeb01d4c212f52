import type { MediaKind } from "@/api/schema";

/** A file's format, as the server will detect it. */
export type Format = { kind: MediaKind; contentType: string; extension: string };

/** Number of first bytes that `sniff` reads. */
export const HEAD_BYTES = 16;

const JPEG: Format = { kind: "image", contentType: "image/jpeg", extension: ".jpg" };
const PNG: Format = { kind: "image", contentType: "image/png", extension: ".png" };
const WEBP: Format = { kind: "image", contentType: "image/webp", extension: ".webp" };
const MP4: Format = { kind: "video", contentType: "video/mp4", extension: ".mp4" };
const MATROSKA: Format = { kind: "video", contentType: "video/x-matroska", extension: ".mkv" };
const AVI: Format = { kind: "video", contentType: "video/x-msvideo", extension: ".avi" };

const ATOMS = ["ftyp", "moov", "mdat", "wide", "free", "skip"]; // that MP4 and QuickTime files begin with
const STILL_BRANDS = ["heic", "heix", "hevc", "mif1", "msf1", "avif", "avis", "crx "];

/** Detect a file's format from its first bytes, as `intake/formats.py` does; null for formats that are not accepted. */
export function sniff(head: Uint8Array): Format | null {
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  if (text.startsWith("\xff\xd8\xff")) return JPEG;
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return PNG;
  if (text.startsWith("\x1a\x45\xdf\xa3")) return MATROSKA;
  if (text.startsWith("RIFF")) return { WEBP: WEBP, "AVI ": AVI }[text.slice(8, 12)] ?? null;
  if (ATOMS.includes(text.slice(4, 8)) && !STILL_BRANDS.includes(text.slice(8, 12))) return MP4;
  return null;
}

/** Read as much of a file as `sniff` needs; rejects when it cannot be read, as folders and vanished files. */
export async function readHead(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
}
