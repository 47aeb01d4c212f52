import type { Clock } from "./clock";

/**
 * Let the clock follow the pictures of a video as they reach the screen, by `requestVideoFrameCallback`; browsers
 * without it tell the current time, which may be a frame ahead of the picture. Returns what ends it and what holds the
 * cursor where it was asked to be, until the video plays on from there.
 */
export function followFilm(film: HTMLVideoElement, clock: Clock): { release: () => void; hold: () => void } {
  let held = true;
  const letGo = () => {
    if (!film.paused) held = false;
  };
  film.addEventListener("play", letGo);
  film.addEventListener("seeked", letGo);
  const show = (ms: number) => clock.show(ms, !held);
  const end = "requestVideoFrameCallback" in film ? byFrame(film, show) : byTime(film, show);
  return {
    hold: () => {
      held = true;
    },
    release: () => {
      end();
      film.removeEventListener("play", letGo);
      film.removeEventListener("seeked", letGo);
    },
  };
}

type Show = (ms: number) => void;

function byFrame(film: HTMLVideoElement, show: Show): () => void {
  let handle = 0;
  const shown: VideoFrameRequestCallback = (_now, { mediaTime }) => {
    show(mediaTime * 1000);
    handle = film.requestVideoFrameCallback(shown);
  };
  handle = film.requestVideoFrameCallback(shown);
  return () => film.cancelVideoFrameCallback(handle);
}

function byTime(film: HTMLVideoElement, show: Show): () => void {
  let handle = 0;
  const tell = () => show(film.currentTime * 1000);
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
