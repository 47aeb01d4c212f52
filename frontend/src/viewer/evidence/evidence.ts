import type { AnalysisResult, Moment, Person, Trace } from "@/api/schema";
import { personTrace } from "@/ui/trace";
import { estimateOf, kindOf, scoresGiven } from "@/viewer/estimate";

import { nearestIndex, samplingStep } from "./sampling";

/** Left, top, right, bottom in pixels of the displayed frame. */
export type Box = readonly [number, number, number, number];
/**
 * A sampled frame. `scores` are the estimated probabilities of manipulation of each face alone, 0 to 1, null where they
 * are withheld; a person who was not seen in it is absent.
 */
export type Sample = { index: number; timeMs: number; scores: Readonly<Record<string, number | null>> };
/** A person's face in a sampled frame. */
export type Point = { sample: number; timeMs: number; score: number | null };
/** A face to draw over a sampled frame; `rank` numbers it where it is a top moment. */
export type Face = { letter: string; box: Box; score: number | null; rank: number | null };
/** A person's row of the timeline. */
export type Lane = {
  letter: string;
  /** Estimated probability of manipulation of this person; null where it is withheld. */
  estimate: number | null;
  thumbnailUrl: string | null;
  points: readonly Point[];
};
/** A numbered moment, most suspicious first. */
export type Top = {
  rank: number;
  letter: string;
  timeMs: number;
  frameIndex: number;
  /** Null where it is withheld. */
  score: number | null;
  /** The shorter side of the face in pixels of the frame. */
  facePx: number | null;
  map: readonly (readonly number[])[];
  /** What the map is of; null where nothing is claimed. */
  trace: Trace | null;
  /** The face as large as it is in the file; in results of earlier releases as the network saw it. */
  faceUrl: string | null;
  /** The whole frame with nothing drawn on it; null in results of earlier releases. */
  frameUrl: string | null;
  /** The frame with map and box drawn into it, for where there is no other. */
  drawnUrl: string | null;
  /** Where the face's picture and its map lie in the frame; null where that is not known. */
  area: Area | null;
};
/** A square in a frame: its left upper corner and side in the frame's pixels, and how far it is turned, in degrees. */
export type Area = { x: number; y: number; side: number; degrees: number };
/** A result as the viewer draws it. Times are milliseconds from the first frame. */
export type Evidence = {
  kind: "image" | "video";
  width: number;
  height: number;
  durationMs: number;
  /** How long a coded frame lasts. */
  frameMs: number;
  /** Usual distance between sampled frames. */
  stepMs: number;
  threshold: number;
  samples: readonly Sample[];
  /** Most suspicious first. */
  lanes: readonly Lane[];
  /** The faces of each sample, by its index. */
  faces: readonly (readonly Face[])[];
  tops: readonly Top[];
};

const USUAL_FRAME_MS = 40;

/** Arrange a result for drawing. */
export function evidenceOf(result: AnalysisResult): Evidence {
  const { media } = result;
  const samples = samplesOf(result);
  const times = samples.map(({ timeMs }) => timeMs);
  const durationMs = Math.max(media.duration_ms, times.at(-1) ?? 0);
  const tops = result.top_k_suspicious.map((moment) => topOf(moment, result));
  return {
    kind: kindOf(result),
    width: media.width,
    height: media.height,
    durationMs,
    frameMs: durationMs > 0 && media.frame_count > 0 ? durationMs / media.frame_count : USUAL_FRAME_MS,
    stepMs: samplingStep(times) ?? Math.max(durationMs, USUAL_FRAME_MS),
    threshold: result.decision_threshold,
    samples,
    lanes: result.tracks.map((person) => laneOf(person, samples)),
    faces: facesOf(result.tracks, samples, tops),
    tops,
  };
}

function samplesOf(result: AnalysisResult): Sample[] {
  const withheld = result.tracks.filter((person) => !scoresGiven(person, kindOf(result)));
  const blanks = withheld.map(({ person }) => person);
  const shown = (scores: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(scores).map(([letter, score]) => [letter, blanks.includes(letter) ? null : score]),
    );
  return result.timeline
    .map(({ timestamp_ms, scores }) => ({ timeMs: timestamp_ms, scores: shown(scores) }))
    .sort((a, b) => a.timeMs - b.timeMs)
    .map((sample, index) => ({ ...sample, index }));
}

function laneOf(person: Person, samples: readonly Sample[]): Lane {
  const points = samples.flatMap(({ index, timeMs, scores }) => {
    const score = scores[person.person];
    return score === undefined ? [] : [{ sample: index, timeMs, score }];
  });
  return {
    letter: person.person,
    estimate: estimateOf(person),
    thumbnailUrl: person.thumbnail_url,
    points,
  };
}

function facesOf(people: readonly Person[], samples: readonly Sample[], tops: readonly Top[]): Face[][] {
  const times = samples.map(({ timeMs }) => timeMs);
  const faces: Face[][] = samples.map(() => []);
  for (const { person: letter, faces: seen } of people) {
    for (const { timestamp_ms, bbox, frame_index } of seen) {
      const box = boxOf(bbox);
      const sample = nearestIndex(times, timestamp_ms);
      const score = sample === null ? undefined : samples[sample]?.scores[letter];
      if (sample === null || box === null || score === undefined) continue;
      const top = tops.find((moment) => moment.letter === letter && moment.frameIndex === frame_index);
      faces[sample]?.push({ letter, box, score, rank: top?.rank ?? null });
    }
  }
  return faces;
}

function topOf(moment: Moment, result: AnalysisResult): Top {
  const person = result.tracks.find((each) => each.person === moment.person);
  const face = person?.faces.find(({ frame_index }) => frame_index === moment.frame_index);
  return {
    rank: moment.rank,
    letter: moment.person,
    timeMs: moment.timestamp_ms,
    frameIndex: moment.frame_index,
    score: person && !scoresGiven(person, kindOf(result)) ? null : moment.p_fake,
    facePx: face?.size_px ?? null,
    map: moment.map,
    trace: personTrace(result, moment.person) && (moment.trace ?? null),
    faceUrl: moment.face_url ?? moment.crop_url,
    frameUrl: moment.frame_url ?? null,
    drawnUrl: moment.frame_overlay_url,
    area: areaOf(moment.crop_area ?? []),
  };
}

function areaOf([first, second]: readonly (readonly number[])[]): Area | null {
  const [[x, y], [right, down]] = [first ?? [], second ?? []];
  if (x === undefined || y === undefined || right === undefined || down === undefined) return null;
  const [along, across] = [right - x, down - y];
  return { x, y, side: Math.hypot(along, across), degrees: (Math.atan2(across, along) * 180) / Math.PI };
}

function boxOf(values: readonly number[]): Box | null {
  const [left, top, right, bottom] = values;
  if (left === undefined || top === undefined || right === undefined || bottom === undefined) return null;
  return [left, top, right, bottom];
}
