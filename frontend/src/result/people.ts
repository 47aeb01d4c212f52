import type { AnalysisResult, Person } from "@/api/schema";
import type { Verdict } from "@/ui/verdict-mark";

import { isLabel, type Label } from "./screen";

/** A line of the table of people. What the server does not say is null. */
export type PersonRow = {
  person: string;
  thumbnail: string | null;
  /** Whether the file's verdict follows this person. */
  deciding: boolean;
  /** The server's verdict about this person alone. */
  verdict: { verdict: Verdict; label: Label } | null;
  /** Calibrated probability of manipulation. */
  estimate: number | null;
  secondsOnScreen: number | null;
  usableFrames: number;
  /** Time of the highest score, in milliseconds. */
  topMs: number | null;
  /** Codes of what is weak about this person's pictures, from the server. */
  notes: string[];
  /** Median width of the face in pixels of the displayed frame. */
  medianFacePx: number | null;
};

/** The people of a result in the server's order, most suspicious first. */
export function personRows(result: AnalysisResult): PersonRow[] {
  return result.tracks.map((track) => {
    const deciding = track.person === result.deciding_person;
    const verdict = verdictOf(track, deciding ? result : null);
    return {
      person: track.person,
      thumbnail: track.thumbnail_url ?? null,
      deciding,
      verdict,
      // Where the evidence is too weak for an estimate of the file, that of the person it follows is as weak.
      estimate: deciding && result.final_score === null ? null : track.probability,
      secondsOnScreen: track.seconds_on_screen,
      usableFrames: track.frames,
      topMs: topMoment(track),
      notes: codes(track.reasons).filter((code) => code in WEAKNESSES),
      medianFacePx: median(track.faces.map((face) => face.size_px)),
    };
  });
}

/** Reasons that say something about a person's pictures, in the order of the server's. */
export const WEAKNESSES = {
  faces_too_small: true,
  too_blurred: true,
  too_few_frames: true,
  unstable_scores: true,
};

const VERDICTS: readonly Verdict[] = ["manipulated", "no_signs", "inconclusive", "no_face"];

function verdictOf(track: Person, file: AnalysisResult | null): PersonRow["verdict"] {
  const said = file ?? track;
  const verdict = VERDICTS.find((known) => known === said.verdict);
  const label = said.confidence_label;
  return verdict !== undefined && typeof label === "string" && isLabel(label) ? { verdict, label } : null;
}

function topMoment(track: Person): number | null {
  let highest: Person["faces"][number] | null = null;
  for (const face of track.faces) {
    if (face.logit !== null && (highest === null || face.logit > (highest.logit ?? -Infinity)))
      highest = face;
  }
  return highest?.timestamp_ms ?? null;
}

function codes(reasons: unknown): string[] {
  if (!Array.isArray(reasons)) return [];
  return reasons.flatMap((reason: unknown) => {
    if (typeof reason === "string") return [reason];
    if (typeof reason === "object" && reason !== null && "code" in reason && typeof reason.code === "string")
      return [reason.code];
    return [];
  });
}

function median(values: (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
