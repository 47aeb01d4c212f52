import type { AnalysisResult, ResultAnswer } from "@/api/schema";
import { withoutPersons } from "@/result/reader/without-persons";
import { kindOf, scoresGiven } from "@/viewer/estimate";

/**
 * The job with its result as indented JSON, as the server sent it. Who the reader says are no faces, and the result
 * without them, stand beside it as the reader's.
 */
export function resultJson(answer: ResultAnswer, notFaces: readonly string[] = []): string {
  const reader =
    answer.result === null || notFaces.length === 0
      ? {}
      : { reader: { not_faces: notFaces, result: withoutPersons(answer.result, notFaces) } };
  return `${JSON.stringify({ ...answer, ...reader }, null, 2)}\n`;
}

/**
 * The timeline as CSV (RFC 4180): a line per sampled frame with its time in milliseconds and the probability of each
 * person, 0 to 1; an empty field where the person was not seen or the score is withheld.
 */
export function timelineCsv(result: AnalysisResult): string {
  const given = new Set(
    result.tracks.filter((track) => scoresGiven(track, kindOf(result))).map(({ person }) => person),
  );
  const letters = result.tracks.map((track) => track.person).sort();
  const lines = [
    ["timestamp_ms", ...letters.map((letter) => `person_${letter}`)],
    ...result.timeline.map((instant) => [
      field(instant.timestamp_ms),
      ...letters.map((letter) => (given.has(letter) ? field(instant.scores[letter]) : "")),
    ]),
  ];
  return lines.map((fields) => `${fields.join(",")}\r\n`).join("");
}

/** A download's name from the upload's: "clip.mp4" and "timeline.csv" make "clip-timeline.csv". */
export function downloadName(original: string, part: string): string {
  const stem = original.replace(/\.[^.]*$/, "").replace(/[\\/:*?"<>|\p{Cc}]/gu, "_");
  return `${stem || "result"}-${part}`;
}

/** A map that the server keeps as a picture over the face. */
export type MapFile = {
  rank: number;
  person: string;
  url: string;
  /** Time in the video in milliseconds; null for a photo. */
  timeMs: number | null;
};

/** The maps of a result that can be fetched, by rank. */
export function mapsOf(result: AnalysisResult): MapFile[] {
  const video = result.media.type === "video";
  return result.top_k_suspicious.flatMap(({ rank, person, heatmap_overlay_url: url, timestamp_ms }) =>
    url === null ? [] : [{ rank, person, url, timeMs: video ? timestamp_ms : null }],
  );
}

/** A map's file name with the ending of the file that is served: "map-1-person-b.png". */
export function mapName({ rank, person, url }: MapFile): string {
  return `map-${rank}-person-${person.toLowerCase()}.${/\.(\w+)$/.exec(url)?.[1] ?? "png"}`;
}

function field(value: number | null | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}
