import type { MediaKind, ResultAnswer, Stage, State } from "@/api/schema";

/** A key of `common.stage`. */
export type StageName = Stage | "queued";

/** The fields of a job that change while it is under way. */
export type JobProgress = Pick<ResultAnswer, "state" | "stage" | "progress_percent">;

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

/** Whether a stage is done, under way, or to come while the job is in `current`; in the queue all are to come. */
export function markOf(stage: Stage, current: Stage, state: State): "done" | "now" | "next" {
  if (state === "QUEUED") return "next";
  const [at, here] = [VIDEO.indexOf(stage), VIDEO.indexOf(current)];
  if (at === here) return "now";
  return at < here ? "done" : "next";
}

/** The name of a job's present stage. */
export function stageName({ state, stage }: JobProgress): StageName {
  return state === "QUEUED" ? "queued" : stage;
}

/** What to announce to screen readers: a new stage, or the last of 25, 50 and 75 percent that was passed; null for no news. */
export function announcement(
  before: JobProgress | null,
  now: JobProgress,
): { stage: StageName } | { percent: number } | null {
  if (before === null || stageName(before) !== stageName(now)) return { stage: stageName(now) };
  const [was, is] = [quarter(before.progress_percent), quarter(now.progress_percent)];
  return is > was && is < 100 ? { percent: is } : null;
}

function quarter(percent: number): number {
  return 25 * Math.floor(percent / 25);
}

/** Whether a job in this state has ended for good; only a retry starts it again. */
export function isFinal(state: State): boolean {
  return state === "COMPLETED" || state === "FAILED" || state === "CANCELLED";
}
