"use client";

import { useTranslations } from "use-intl";

import { useTimeText } from "@/i18n/use-time-text";
import type { Evidence, Top } from "@/viewer/evidence/evidence";
import type { Player } from "@/viewer/player";
import type { Source } from "@/viewer/source";

import { firstLoaded, openFrames, pictureOf } from "./frames";
import { cutAround, sheetCells } from "./plan";
import { drawSheet, type Drawn, type Reader } from "./sheet";

export type PicturesOf = {
  evidence: Evidence;
  player: Player;
  source: Source;
  /** The upload's name. */
  filename: string;
  /** The upload's hash, written on the sheet; null where it is not known. */
  sha256: string | null;
  /** Addresses of the whole photo, best first. */
  urls: readonly string[];
  /** The video that plays; null for a photo, and where none can be played. */
  videoUrl: string | null;
};

/** What is on the screen, with nothing drawn on it. */
export type Shown = { canvas: HTMLCanvasElement; /** Null for a photo. */ timeMs: number | null };

/** Read the picture that is shown; throws where there is none. */
export async function shownPicture(of: PicturesOf): Promise<Shown> {
  const { evidence, player, urls } = of;
  if (evidence.kind === "image") return { canvas: drawn(await firstLoaded(urls)), timeMs: null };
  const { cursorMs, shownMs } = player.clock.now();
  const video = player.video();
  if (video !== null) return { canvas: drawn(video), timeMs: shownMs ?? cursorMs };
  const [nearest] = storedFrames(of).sort(
    (one, other) => Math.abs(one.top.timeMs - cursorMs) - Math.abs(other.top.timeMs - cursorMs),
  );
  if (nearest === undefined) throw new Error("there is no picture");
  return { canvas: drawn(await firstLoaded([nearest.url])), timeMs: nearest.top.timeMs };
}

/** Makes the page of a file's frames, or of a photo and the people in it. */
export function useContactSheet(of: PicturesOf): () => Promise<HTMLCanvasElement> {
  const t = useTranslations("viewer.pictures");
  const common = useTranslations("common");
  const clock = useTimeText();
  const { evidence, filename, sha256 } = of;
  const person = (letter: string) => common("person", { letter });
  const words = (timeMs: number, letters: readonly string[], rank: number | null) =>
    [
      clock(timeMs),
      letters.length > 0 ? letters.join(", ") : t("nobody"),
      ...(rank === null ? [] : [t("moment", { rank })]),
    ].join(" · ");
  return async () => {
    const photo = evidence.kind === "image";
    const readers = photo
      ? await ofPhoto(of, { whole: t("whole"), person })
      : of.videoUrl === null
        ? ofStored(of, words)
        : await ofVideo(of, of.videoUrl, words);
    const about = [
      ...(photo ? [] : [clock(evidence.durationMs, false)]),
      `${evidence.width} × ${evidence.height} px`,
      ...(sha256 === null || sha256 === "" ? [] : [`SHA-256 ${sha256}`]),
    ];
    const shape = photo ? 1 : evidence.width / evidence.height;
    return drawSheet({ title: filename, about: about.join(" · "), shape, readers });
  };
}

type Words = (timeMs: number, letters: readonly string[], rank: number | null) => string;

async function ofVideo({ evidence }: PicturesOf, url: string, words: Words): Promise<Reader[]> {
  const read = await openFrames(url, evidence.frameMs);
  return sheetCells(evidence).map(({ timeMs, letters, rank }) => async () => ({
    picture: await read(timeMs),
    cut: null,
    words: words(timeMs, letters, rank),
    strong: rank !== null,
  }));
}

/** Where no video can be played: the frames of the top moments that the server keeps. */
function ofStored(of: PicturesOf, words: Words): Reader[] {
  return storedFrames(of)
    .sort((one, other) => one.top.timeMs - other.top.timeMs)
    .map(({ top, url }) => async () => ({
      picture: await firstLoaded([url]),
      cut: null,
      words: words(top.timeMs, [top.letter], top.rank),
      strong: true,
    }));
}

async function ofPhoto(
  { evidence, urls }: PicturesOf,
  words: { whole: string; person: (letter: string) => string },
): Promise<Reader[]> {
  const picture = await firstLoaded(urls);
  const scale = picture.naturalWidth / evidence.width;
  const size = { width: picture.naturalWidth, height: picture.naturalHeight };
  const whole: Drawn = { picture, cut: null, words: words.whole, strong: false };
  const faces = [...(evidence.faces[0] ?? [])].sort((one, other) => one.letter.localeCompare(other.letter));
  const people = faces.map(({ box: [left, top, right, bottom], letter }): Drawn => {
    const cut = cutAround([left * scale, top * scale, right * scale, bottom * scale], size);
    return { picture, cut, words: words.person(letter), strong: true };
  });
  return [whole, ...people].map((one) => () => Promise.resolve(one));
}

function storedFrames({ evidence, source }: PicturesOf): { top: Top; url: string }[] {
  return evidence.tops.flatMap((top) => {
    const url = source.artifactUrl(top.frameUrl);
    return url === null ? [] : [{ top, url }];
  });
}

function drawn(element: HTMLVideoElement | HTMLImageElement): HTMLCanvasElement {
  const canvas = pictureOf(element);
  if (canvas === null) throw new Error("there is no picture yet");
  return canvas;
}
