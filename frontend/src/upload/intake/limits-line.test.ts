import { expect, test } from "vitest";

import { namesOf } from "./limits-line";

test("the formats that the server takes are named, each once, the usual ones first", () => {
  const image = { content_types: [], extensions: [".heic", ".jpeg", ".jpg", ".png", ".webp"] };
  const video = { content_types: [], extensions: [".mkv", ".mp4", ".webm"] };
  expect(namesOf({ image, video } as unknown as Parameters<typeof namesOf>[0])).toBe(
    "MP4, JPEG, PNG, MKV, WebM, HEIC, WebP",
  );
});
