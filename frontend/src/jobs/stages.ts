import type { MediaKind, ResultAnswer, Stage, State } from "@/api/schema";

/** A key of `common.stage`. */
export type StageName = Stage | "queued";

/** What of a job is told while it is under way. */
export type Moment = Pick<ResultAnswer, "state" | "stage" | "progress_percent">;

const VIDEO: readonly Stage[] = [
  "validating",
  "frame_extraction",
  "face_detection",
  "inference",
  "aggregation",
  "explainability",
  "saving_results",
];
const IMAGE = VIDEO.filter((stage) => stage !== "frame_extraction");

/** The stages of an analysis in their order; a picture has no frames to pick. */
export function stagesOf(kind: MediaKind): readonly Stage[] {
  return kind === "image" ? IMAGE : VIDEO;
}

/** Whether a stage is done, going on, or to come while the job is in `current`; nothing has begun in the queue. */
export function markOf(stage: Stage, current: Stage, state: State): "done" | "now" | "next" {
  if (state === "QUEUED") return "next";
  const [at, here] = [VIDEO.indexOf(stage), VIDEO.indexOf(current)];
  if (at === here) return "now";
  return at < here ? "done" : "next";
}

/** The name of where a job stands. */
export function stageName({ state, stage }: Moment): StageName {
  return state === "QUEUED" ? "queued" : stage;
}

/** What a screen reader is told: a new stage, or the last of 25, 50 and 75 percent that was passed; null for nothing new. */
export function announcement(
  before: Moment | null,
  now: Moment,
): { stage: StageName } | { percent: number } | null {
  if (before === null || stageName(before) !== stageName(now)) return { stage: stageName(now) };
  const [was, is] = [quarter(before.progress_percent), quarter(now.progress_percent)];
  return is > was && is < 100 ? { percent: is } : null;
}

function quarter(percent: number): number {
  return 25 * Math.floor(percent / 25);
}
