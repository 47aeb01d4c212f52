import type { MediaKind } from "@/api/schema";

/** A file's format, as the server will detect it. */
export type Format = { kind: MediaKind; contentType: string };

/** Number of first bytes that `sniff` reads. */
export const HEAD_BYTES = 512;

const image = (contentType: string): Format => ({ kind: "image", contentType });
const video = (contentType: string): Format => ({ kind: "video", contentType });

const HEIC = image("image/heic");
const AVIF = image("image/avif");
const MP4 = video("video/mp4");

const SIGNATURES: [string, Format][] = [
  ["\xff\xd8\xff", image("image/jpeg")],
  ["\x89PNG\r\n\x1a\n", image("image/png")],
  ["GIF87a", image("image/gif")],
  ["GIF89a", image("image/gif")],
  ["\x1a\x45\xdf\xa3", video("video/x-matroska")],
  ["\x00\x00\x01\xba", video("video/mpeg")],
  ["\x30\x26\xb2\x75\x8e\x66\xcf\x11", video("video/x-ms-wmv")],
  ["FLV\x01", video("video/x-flv")],
  ["OggS", video("video/ogg")],
];
const RIFF: Record<string, Format> = { WEBP: image("image/webp"), "AVI ": video("video/x-msvideo") };

const ATOMS = ["ftyp", "moov", "mdat", "wide", "free", "skip"]; // that MP4 and QuickTime files begin with
const AVIF_BRANDS = ["avif", "avis"];
const GENERAL_BRANDS = ["mif1", "mif2", "mif3", "miaf", "1pic", "msf1"]; // of HEIF, of any codec
const HEVC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"];
const RAW_BRANDS = ["crx "];
const TS_PACKETS = [
  [0, 188],
  [4, 192],
] as const; // first sync byte and distance: broadcast, and camcorders' with a time

/** Detect a file's format from its first bytes, as `intake/formats.py` does; null for formats that are not accepted. */
export function sniff(head: Uint8Array): Format | null {
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  if (text.startsWith("RIFF")) return RIFF[text.slice(8, 12)] ?? null;
  const signed = SIGNATURES.find(([magic]) => text.startsWith(magic))?.[1];
  return signed ?? ofBoxes(text) ?? ofPackets(text);
}

/** Read as much of a file as `sniff` needs; rejects when it cannot be read, as folders and vanished files. */
export async function readHead(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
}

/** Tell stills from films by their brands; words in a text that read like a box are none. */
function ofBoxes(text: string): Format | null {
  if (!ATOMS.includes(text.slice(4, 8)) || isText(text)) return null;
  if (!text.startsWith("ftyp", 4)) return MP4;
  const size = [0, 1, 2, 3].reduce((sum, place) => 256 * sum + text.charCodeAt(place), 0);
  const major = text.slice(8, 12);
  const brands = text.slice(16, size).match(/[^]{4}/g) ?? [];
  if (RAW_BRANDS.includes(major)) return null;
  if (AVIF_BRANDS.includes(major)) return AVIF;
  if (HEVC_BRANDS.includes(major)) return HEIC;
  if (!GENERAL_BRANDS.includes(major)) return MP4;
  // The general brands say nothing about the codec, the compatible ones do.
  const hevc = brands.some((brand) => HEVC_BRANDS.includes(brand));
  return brands.some((brand) => AVIF_BRANDS.includes(brand)) && !hevc ? AVIF : HEIC;
}

function ofPackets(text: string): Format | null {
  const synced = TS_PACKETS.some(([first, distance]) => {
    const places = Array.from(
      { length: Math.ceil((text.length - first) / distance) },
      (_, packet) => first + packet * distance,
    );
    return places.length > 1 && places.every((place) => text[place] === "G");
  });
  return synced && !isText(text) ? video("video/mp2t") : null;
}

/** Whether there is no control character: bytes from 128 up are letters of some encoding. */
function isText(text: string): boolean {
  return [...text].every((letter) => "\t\n\r".includes(letter) || (letter >= " " && letter !== "\x7f"));
}
