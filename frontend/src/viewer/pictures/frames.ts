import { canvasOf, loaded } from "@/viewer/canvas";
import { seekSeconds } from "@/viewer/evidence/seek";

/** The picture that an element shows at its own size, with nothing drawn on it; null before there is one. */
export function pictureOf(element: HTMLVideoElement | HTMLImageElement): HTMLCanvasElement | null {
  const [width, height] =
    element instanceof HTMLVideoElement
      ? [element.videoWidth, element.videoHeight]
      : [element.naturalWidth, element.naturalHeight];
  if (width === 0 || height === 0) return null;
  const { canvas, context } = canvasOf(width, height);
  context.drawImage(element, 0, 0);
  return canvas;
}

/** A frame of a video, by its start in milliseconds. */
export type FrameReader = (timeMs: number) => Promise<HTMLVideoElement>;

/** Open a video beside the one that plays and go through its frames, each to be drawn before the next one is read. */
export async function openFrames(src: string, frameMs: number): Promise<FrameReader> {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  video.src = src;
  await once(video, "loadeddata");
  return async (timeMs) => {
    const seconds = seekSeconds(timeMs, frameMs);
    if (Math.abs(video.currentTime - seconds) < 0.0005) return video;
    const sought = once(video, "seeked");
    video.currentTime = seconds;
    await sought;
    return video;
  };
}

/** The first picture of several addresses that can be loaded; throws where none can. */
export async function firstLoaded(urls: readonly string[]): Promise<HTMLImageElement> {
  for (const url of urls) {
    const picture = await loaded(url).catch(() => null);
    if (picture !== null) return picture;
  }
  throw new Error("the picture could not be loaded");
}

function once(video: HTMLVideoElement, event: "loadeddata" | "seeked"): Promise<void> {
  return new Promise((done, failed) => {
    video.addEventListener(event, () => done(), { once: true });
    video.addEventListener("error", () => failed(new Error("the video could not be read")), { once: true });
  });
}
