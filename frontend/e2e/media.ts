import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { MEDIA } from "../playwright.config";

const SAMPLES = path.resolve(import.meta.dirname, "../public/samples");
const OWN = new Set(["portrait.jpg", "edited.jpg", "clip.mp4"]);

/** A file as a form field takes it. */
export type Upload = { name: string; mimeType: string; buffer: Buffer };

/** Where a sample or a file of e2e/media.py lies. */
export function media(name: string): string {
  return path.join(OWN.has(name) ? SAMPLES : MEDIA, name);
}

/** The same pictures in a file that the server has never seen, so that no earlier result answers. */
export function fresh(name: string, as = name): Upload {
  const bytes = readFileSync(media(name));
  const note = randomBytes(16);
  const buffer = name.endsWith(".jpg")
    ? Buffer.concat([
        bytes.subarray(0, 2),
        Buffer.from([0xff, 0xfe, 0, note.length + 2]),
        note,
        bytes.subarray(2),
      ])
    : Buffer.concat([bytes, Buffer.from([0, 0, 0, note.length + 8]), Buffer.from("free"), note]);
  return { name: as, mimeType: TYPES[path.extname(name)] ?? "application/octet-stream", buffer };
}

/** A new folder on this machine with files that the server has never seen; returns its path. */
export function folderOf(name: string, files: string[]): string {
  const at = path.join(mkdtempSync(path.join(tmpdir(), "folder-")), name);
  mkdirSync(at);
  for (const file of files) writeFileSync(path.join(at, file), fresh(file).buffer);
  return at;
}

const TYPES: Record<string, string> = {
  ".jpg": "image/jpeg",
  ".mp4": "video/mp4",
  ".avi": "video/x-msvideo",
};
