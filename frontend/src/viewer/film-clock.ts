import type { Clock } from "./clock";

/**
 * Let the clock follow the pictures of a video as they reach the screen, by `requestVideoFrameCallback`; browsers
 * without it tell the current time, which may be a frame ahead of the picture. Returns what ends it.
 */
export function followFilm(film: HTMLVideoElement, clock: Clock): () => void {
  return "requestVideoFrameCallback" in film ? byFrame(film, clock) : byTime(film, clock);
}

function byFrame(film: HTMLVideoElement, clock: Clock): () => void {
  let handle = 0;
  const shown: VideoFrameRequestCallback = (_now, { mediaTime }) => {
    // While paused or seeking the cursor stays where it was asked to be.
    clock.show(mediaTime * 1000, !film.paused && !film.seeking);
    handle = film.requestVideoFrameCallback(shown);
  };
  handle = film.requestVideoFrameCallback(shown);
  return () => film.cancelVideoFrameCallback(handle);
}

function byTime(film: HTMLVideoElement, clock: Clock): () => void {
  let handle = 0;
  const tell = () => clock.show(film.currentTime * 1000, !film.paused && !film.seeking);
  const tick = () => {
    tell();
    if (!film.paused) handle = requestAnimationFrame(tick);
  };
  film.addEventListener("play", tick);
  film.addEventListener("seeked", tell);
  film.addEventListener("loadeddata", tell);
  return () => {
    cancelAnimationFrame(handle);
    film.removeEventListener("play", tick);
    film.removeEventListener("seeked", tell);
    film.removeEventListener("loadeddata", tell);
  };
}
