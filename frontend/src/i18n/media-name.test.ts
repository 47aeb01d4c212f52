import { describe, expect, it } from "vitest";

import { mediaName } from "./media-name";

describe("mediaName", () => {
  it("says container and codec as readers know them", () => {
    expect(mediaName("mov", "h264", "clip.mp4")).toBe("MP4 (H.264)");
    expect(mediaName("mov", "hevc", "IMG_1.MOV")).toBe("QuickTime (H.265)");
    expect(mediaName("matroska", "vp9", "a.webm")).toBe("WebM (VP9)");
  });

  it("says a picture's format once, and what it does not know as it is", () => {
    expect(mediaName("jpeg", "jpeg", "a.jpg")).toBe("JPEG");
    expect(mediaName("odd", "cinepak", "a.odd")).toBe("ODD (CINEPAK)");
  });
});
