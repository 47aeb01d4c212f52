import type { AnalysisResult, Person, ReasonCode, Trace, Verdict } from "@/api/schema";
import { personTrace } from "@/ui/trace";
import { personLabel, type Words } from "@/ui/verdict";
import { estimateOf, kindOf, scoresGiven } from "@/viewer/estimate";

import { traceEstimates, type TraceEstimate } from "./traces";

/** A line of the table of people. What the server does not say is null. */
export type PersonRow = {
  person: string;
  thumbnail: string | null;
  /** Whether the file's verdict follows this person. */
  deciding: boolean;
  /** The server's verdict about this person, by their own faces; null in results of earlier releases, which had one of the file only. */
  verdict: { verdict: Verdict; label: Words } | null;
  /** What this person bears traces of; null where nothing is claimed. */
  trace: Trace | null;
  /** Calibrated probability of manipulation; null where it is withheld. */
  estimate: number | null;
  /** What that would be by each trace alone; empty where nothing is said of it. */
  byTrace: TraceEstimate[];
  secondsOnScreen: number;
  usableFrames: number;
  /** Time of the highest score, in milliseconds. */
  topMs: number | null;
  /** What is weak about this person's pictures, from the server. */
  notes: Weakness[];
  /** Median of the face's shorter side in pixels of the displayed frame. */
  medianFacePx: number | null;
};

/** A reason that says something about a person's pictures. */
export type Weakness = Extract<
  ReasonCode,
  | "faces_too_small"
  | "too_blurred"
  | "too_few_frames"
  | "unstable_scores"
  | "damaged_media"
  | "seen_too_little"
>;

/** The people of a result in the server's order, most suspicious first. */
export function personRows(result: AnalysisResult): PersonRow[] {
  return result.tracks.map((track) => {
    const { verdict, confidence_label: label } = track;
    return {
      person: track.person,
      thumbnail: track.thumbnail_url,
      deciding: track.person === result.deciding_person,
      verdict: verdict !== null && label !== null ? { verdict, label: personLabel(label, result) } : null,
      trace: personTrace(result, track.person),
      estimate: estimateOf(track),
      byTrace: traceEstimates(track, result),
      secondsOnScreen: track.seconds_on_screen,
      usableFrames: track.frames,
      topMs: topMoment(track),
      notes: track.reasons.map(({ code }) => code).filter(isWeakness),
      medianFacePx: median(track.faces.map((face) => face.size_px)),
    };
  });
}

/** Whether the file's verdict may follow somebody. */
export function mayDecide({ reasons }: Person): boolean {
  return !reasons.some(({ code }) => code === "seen_too_little");
}

/** The highest score of one frame of whom the verdict follows, and when it is; null where such scores are withheld. */
export function peakOf(result: AnalysisResult): { score: number; timeMs: number } | null {
  const followed = result.tracks.find(({ person }) => person === result.deciding_person);
  if (followed === undefined || !scoresGiven(followed, kindOf(result))) return null;
  let peak: { score: number; timeMs: number } | null = null;
  for (const { timestamp_ms: timeMs, scores } of result.timeline) {
    const score = scores[followed.person];
    if (score !== undefined && (peak === null || score > peak.score)) peak = { score, timeMs };
  }
  return peak;
}

/** Whether a reason is that of no verdict for weak evidence. */
export function isWeakness(code: ReasonCode): code is Weakness {
  switch (code) {
    case "faces_too_small":
    case "too_blurred":
    case "too_few_frames":
    case "unstable_scores":
    case "damaged_media":
    case "seen_too_little":
      return true;
    case "above_threshold":
    case "below_threshold":
    case "in_abstain_band":
    case "no_face":
      return false;
  }
}

function topMoment(track: Person): number | null {
  let highest: Person["faces"][number] | null = null;
  for (const face of track.faces) if (highest === null || face.logit > highest.logit) highest = face;
  return highest?.timestamp_ms ?? null;
}

/** The middle of values, of two the mean; null for none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
