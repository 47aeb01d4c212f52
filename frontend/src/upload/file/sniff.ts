import type { MediaKind } from "@/api/schema";

/** A file's format, as the server will detect it. */
export type Format = { kind: MediaKind; contentType: string };

/** Number of first bytes that `sniff` reads. */
export const HEAD_BYTES = 4096;

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
  ["\x30\x26\xb2\x75\x8e\x66\xcf\x11", video("video/x-ms-wmv")],
  ["FLV\x01", video("video/x-flv")],
  ["OggS", video("video/ogg")],
];
const RIFF: Record<string, Format> = { WEBP: image("image/webp"), "AVI ": video("video/x-msvideo") };

const WORDS = ["RIFF", "GIF8", "OggS"]; // signatures that a text may begin with

// That MP4 and QuickTime files begin with.
const ATOMS = ["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot", "uuid"];
const AVIF_BRANDS = ["avif", "avis"];
const GENERAL_BRANDS = ["mif1", "mif2", "mif3", "miaf", "1pic", "msf1"]; // of HEIF, of any codec
const HEVC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"];
const RAW_BRANDS = ["crx "];
/** First sync byte and distance: packets alone, camcorders' with a time, broadcast ones with a checksum. */
const TS_PACKETS = [
  [0, 188],
  [4, 192],
  [0, 204],
] as const;
const TS_STEPS = 4; // packets looked at; a file that begins within one needs as many

const PACK = "\0\0\x01\xba";
/** A pack's header, of MPEG-2 or MPEG-1, up to the start code that follows it. */
const WHOLE_PACK = new RegExp(
  "\0\0\x01\xba(?:[\x44-\x7f].{8}(?:\xf8|\xf9.|\xfa..|\xfb...|\xfc.{4}|\xfd.{5}|\xfe.{6}|\xff.{7})" +
    "|[\x21-\x2f].{7})\0\0\x01[\xbb-\xff]",
  "s",
);
/** A sequence header of MPEG-1 or MPEG-2 video: size, aspect, rate, and the marker after the bit rate. */
const SEQUENCE = new RegExp(
  "^\0\0\x01\xb3(?!\0\0\0)...[\x11-\xe8]..[\x20-\x3f\x60-\x7f\xa0-\xbf\xe0-\xff]",
  "s",
);

/** Detect a file's format from its first bytes, as `intake/formats.py` does; null for formats that are not accepted. */
export function sniff(head: Uint8Array): Format | null {
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  if (WORDS.some((word) => text.startsWith(word)) && isText(text)) return null;
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

/** Tell MPEG's streams: a recording that was cut may begin within a packet. */
function ofPackets(text: string): Format | null {
  if (isText(text)) return null;
  if (TS_PACKETS.some(([usual, distance]) => isSynced(text, usual, distance))) return video("video/mp2t");
  const mpeg = text.startsWith(PACK) || WHOLE_PACK.test(text) || SEQUENCE.test(text);
  return mpeg ? video("video/mpeg") : null;
}

function isSynced(text: string, usual: number, distance: number): boolean {
  return Array.from({ length: distance }, (_, first) => first).some((first) => {
    const steps = Array.from({ length: TS_STEPS }, (_, step) => text[first + step * distance]);
    const synced = steps.filter((letter) => letter !== undefined);
    return synced.length >= (first === usual ? 2 : TS_STEPS) && synced.every((letter) => letter === "G");
  });
}

/** Whether there is no control character but those of texts: bytes from 128 up are letters of some encoding. */
function isText(text: string): boolean {
  return [...text].every((letter) => "\t\n\f\r\x1b".includes(letter) || (letter >= " " && letter !== "\x7f"));
}
