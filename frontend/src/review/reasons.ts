import type { Task } from "@/api/schema";

/** Why files are put up for review, in the order in which they are taken. */
export const REASONS = [
  "dispute",
  "asked",
  "flipped",
  "user_feedback",
  "in_band",
  "detectors_disagree",
  "unlike_test_media",
  "sampled_negative",
  "sampled_positive",
] as const satisfies readonly Task["reason"][];

/** The reason that is named in the address; null for none, and for what is no reason to read a file. */
export function readReason(text: string | null): Task["reason"] | null {
  return REASONS.find((known) => known === text && known !== "dispute") ?? null;
}
