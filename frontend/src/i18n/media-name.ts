/** How readers know containers and codecs; others go by the name that the decoder gives them. */
const NAMES: Readonly<Record<string, string>> = {
  avi: "AVI",
  gif: "GIF",
  jpeg: "JPEG",
  matroska: "Matroska",
  png: "PNG",
  webp: "WebP",
  av1: "AV1",
  h264: "H.264",
  hevc: "H.265",
  mjpeg: "Motion JPEG",
  mpeg4: "MPEG-4",
  mpeg: "MPEG",
  mpegts: "MPEG-TS",
  mpegvideo: "MPEG",
  mpeg2video: "MPEG-2",
  mpeg1video: "MPEG-1",
  vp8: "VP8",
  vp9: "VP9",
};

/** A file's format with its codec: "MP4 (H.264)", "JPEG". `filename` tells apart the containers of one family. */
export function mediaName(format: string, codec: string, filename: string): string {
  const container = containerName(format, filename);
  const coding = NAMES[codec] ?? codec.toUpperCase();
  return container === coding ? container : `${container} (${coding})`;
}

function containerName(format: string, filename: string): string {
  const ending = /\.(\w+)$/.exec(filename)?.[1]?.toLowerCase();
  if (format === "mov") return ending === "mov" || ending === "qt" ? "QuickTime" : "MP4";
  if (format === "matroska" && ending === "webm") return "WebM";
  return NAMES[format] ?? format.toUpperCase();
}
