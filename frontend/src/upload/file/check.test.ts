import { Blob as Readable } from "node:buffer";
import { describe, expect, test } from "vitest";

import type { ServiceLimits } from "@/api/schema";

import { check } from "./check";
import { sniff } from "./sniff";

const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
/** A file whose bytes can be read: jsdom's cannot. */
function made(text: string, name = "file"): File {
  const bytes = bytesOf(text);
  const slice = (from?: number, to?: number) => new Readable([bytes]).slice(from, to) as Blob;
  return Object.assign(new File([bytes], name), { slice });
}
const JPEG = "\xff\xd8\xff\xe0 and so on";
const MP4 = "\0\0\0\x18ftypmp42 and so on";

const limits = {
  upload: { max_bytes: 1000, max_name_length: 255 },
  image: { extensions: [".jpg", ".png"], content_types: [] },
  video: { extensions: [".mp4", ".mov"], content_types: [], max_duration_seconds: 180, max_frames: 32 },
} as unknown as ServiceLimits;
const lasting = (seconds: number | null) => () => Promise.resolve(seconds);

describe("a file's kind by its content", () => {
  test.each([
    [JPEG, "image/jpeg"],
    ["\x89PNG\r\n\x1a\n....", "image/png"],
    ["RIFF\x10\0\0\0WEBPVP8 ", "image/webp"],
    [MP4, "video/mp4"],
    ["\0\0\0\x14ftypqt  ", "video/mp4"],
    ["\0\0\0\x08wide\0\0\0\0mdat", "video/mp4"],
    ["\x1a\x45\xdf\xa3webm", "video/x-matroska"],
    ["RIFF\x10\0\0\0AVI LIST", "video/x-msvideo"],
    ["GIF89a\0", "image/gif"],
    ["\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf", "image/heic"],
    ["\0\0\0\x1cftypheim\0\0\0\0mif1heicmiaf", "image/heic"],
    ["\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf", "image/heic"],
    ["\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "image/avif"],
    ["\0\0\0\x18ftypavif", "image/avif"],
    ["\0\0\x01\xba\x44", "video/mpeg"],
    [`cut${"\0".repeat(99)}\0\0\x01\xba\x44${"\0".repeat(8)}\xf8\0\0\x01\xe0`, "video/mpeg"],
    ["\0\0\x01\xb3\x28\x01\xe0\x13\0\0\x20", "video/mpeg"],
    ["\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-wmv"],
    ["FLV\x01\x05", "video/x-flv"],
    ["OggS\0\x02", "video/ogg"],
    ["G\x40\x11".padEnd(188, "\0").repeat(3), "video/mp2t"],
    [`\0\0\0\0${"G\x40\x11".padEnd(192, "\0").repeat(3)}`, "video/mp2t"],
    ["G\x40\x11".padEnd(204, "\0").repeat(3), "video/mp2t"],
    [`${"\0".repeat(99)}${"G\x40\x11".padEnd(188, "\0").repeat(4)}`, "video/mp2t"],
  ])("%j is %s", (head, type) => expect(sniff(bytesOf(head))?.contentType).toBe(type));

  test.each([
    "\0\0\0\x18ftypcrx ",
    "Get free samples",
    "Get free\fof it",
    "GIF89a is a format of 1989.",
    "OggS is how those begin.",
    "Getting".padEnd(188, ".").repeat(3),
    "%PDF-1.7",
    "hello",
    "",
    "RIFF\x10\0\0\0WAVEfmt ",
  ])("%j is not taken", (head) => expect(sniff(bytesOf(head))).toBeNull());
});

describe("checks before sending", () => {
  test("a name says nothing: text called a photo is refused, a photo called text is not", async () => {
    expect((await check(made("words", "a.jpg"), limits)).failure?.code).toBe("INVALID_MAGIC_BYTES");
    expect(await check(made(JPEG, "a.txt"), limits)).toMatchObject({
      failure: null,
      format: { kind: "image" },
    });
  });

  test("an empty file, and one that cannot be read", async () => {
    expect((await check(made(""), limits)).failure?.code).toBe("EMPTY_FILE");
    const gone = made(JPEG);
    gone.slice = () =>
      ({ arrayBuffer: () => Promise.reject(new DOMException("", "NotFoundError")) }) as unknown as Blob;
    expect((await check(gone, limits)).failure?.code).toBe("FILE_UNREADABLE");
  });

  test("the size is given beside the limit; the limit itself is allowed", async () => {
    expect((await check(made(JPEG.padEnd(1000)), limits)).failure).toBeNull();
    expect((await check(made(JPEG.padEnd(1001)), limits)).failure).toMatchObject({
      code: "FILE_TOO_LARGE",
      is: 1001,
      limit: 1000,
    });
  });

  test("a video's length, where the browser knows it", async () => {
    expect((await check(made(MP4), limits, lasting(370))).failure).toMatchObject({
      code: "VIDEO_TOO_LONG",
      is: 370,
      limit: 180,
    });
    expect((await check(made(MP4), limits, lasting(180.3))).failure).toBeNull();
    expect((await check(made(MP4), limits, lasting(null))).failure).toBeNull();
  });

  test("without limits only the kind is checked", async () => {
    expect((await check(made(MP4.padEnd(5000)), null, lasting(9999))).failure).toBeNull();
  });
});
