import type { AnalysisResult, Moment, Person } from "@/api/schema";

import { nearestIndex, samplingStep } from "./sampling";

/** Left, top, right, bottom in pixels of the displayed frame. */
export type Box = readonly [number, number, number, number];
/** Estimated probability of manipulation, 0 to 1; null is no estimate. */
export type Score = number | null;
/** A sampled frame; a person who was not seen in it is absent from `scores`. */
export type Sample = { index: number; timeMs: number; scores: Readonly<Record<string, Score>> };
/** A person's face in a sampled frame. */
export type Point = { sample: number; timeMs: number; score: Score };
/** A face to draw over a sampled frame; `rank` numbers it where it is a top moment. */
export type Face = { letter: string; box: Box; score: Score; rank: number | null };
/** A person's row of the timeline. */
export type Lane = {
  letter: string;
  probability: Score;
  thumbnailUrl: string | null;
  points: readonly Point[];
};
/** A numbered moment, most suspicious first. */
export type Top = {
  rank: number;
  letter: string;
  timeMs: number;
  frameIndex: number;
  score: Score;
  /** Width of the face in pixels of the frame. */
  facePx: number | null;
  map: readonly (readonly Score[])[];
  cropUrl: string | null;
  frameUrl: string | null;
};
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
  const tops = result.top_k_suspicious.map((moment) => topOf(moment, result.tracks));
  return {
    kind: media.type,
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
  return result.timeline
    .map(({ timestamp_ms, scores }) => ({ timeMs: timestamp_ms, scores }))
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
    probability: person.probability,
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
      if (sample === null || box === null) continue;
      const top = tops.find((moment) => moment.letter === letter && moment.frameIndex === frame_index);
      faces[sample]?.push({
        letter,
        box,
        score: samples[sample]?.scores[letter] ?? null,
        rank: top?.rank ?? null,
      });
    }
  }
  return faces;
}

function topOf(moment: Moment, people: readonly Person[]): Top {
  const face = people
    .find(({ person }) => person === moment.person)
    ?.faces.find(({ frame_index }) => frame_index === moment.frame_index);
  return {
    rank: moment.rank,
    letter: moment.person,
    timeMs: moment.timestamp_ms,
    frameIndex: moment.frame_index,
    score: moment.p_fake,
    facePx: face?.size_px ?? null,
    map: moment.map,
    cropUrl: moment.crop_url,
    frameUrl: moment.frame_overlay_url,
  };
}

function boxOf(values: readonly (number | null)[]): Box | null {
  const [left, top, right, bottom] = values;
  if (typeof left !== "number" || typeof top !== "number") return null;
  if (typeof right !== "number" || typeof bottom !== "number") return null;
  return [left, top, right, bottom];
}
