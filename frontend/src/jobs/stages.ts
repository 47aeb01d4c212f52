import type { ResultAnswer, Stage, State } from "@/api/schema";

/** A step of an analysis as readers see it. */
export type Step =
  "fetching" | "validating" | "looking" | "aggregation" | "explainability" | "saving_results";
/** A key of `common.stage`. */
export type StageName = Step | "queued";

/** The fields of a job that change while it is under way. */
export type JobProgress = Pick<ResultAnswer, "state" | "stage" | "progress_percent">;

/** The steps of an analysis in their order. */
export const STEPS: readonly Step[] = [
  "validating",
  "looking",
  "aggregation",
  "explainability",
  "saving_results",
];

/** The steps of a job: those of an analysis, and before them fetching while the file is at an address. */
export function stepsOf(stage: Stage): readonly Step[] {
  return stage === "fetching" ? ["fetching", ...STEPS] : STEPS;
}

// The engine decodes, finds and scores in turn, batch by batch: as steps of their own they would run back and forth.
const LOOKING: readonly Stage[] = ["frame_extraction", "face_detection", "inference"];

/** The step that a stage of the engine belongs to. */
export function stepOf(stage: Stage): Step {
  return LOOKING.includes(stage) ? "looking" : (stage as Step);
}

/** Whether a step is done, under way, or to come while the job is in the stage `current`; in the queue all are to come. */
export function markOf(step: Step, current: Stage, state: State): "done" | "now" | "next" {
  if (state === "QUEUED") return "next";
  const steps = stepsOf(current);
  const [at, here] = [steps.indexOf(step), steps.indexOf(stepOf(current))];
  if (at === here) return "now";
  return at < here ? "done" : "next";
}

/** The name of a job's present step. */
export function stageName({ state, stage }: JobProgress): StageName {
  return state === "QUEUED" ? "queued" : stepOf(stage);
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
