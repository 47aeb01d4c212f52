import type { AnalysisResult, Person } from "@/api/schema";
import { estimateGiven } from "@/ui/verdict";

/**
 * The estimated probability of manipulation to show for a person; null where it is withheld. Results of version 1 judge
 * the deciding person alone; for the others their probability stands.
 */
export function estimateOf(person: Person): number | null {
  return person.verdict === null ? person.probability : estimateGiven(person.verdict, person.final_score);
}

/** What a result is of: the frame of a marked face is a picture, whatever its file is. */
export function kindOf({ media, marked }: AnalysisResult): "image" | "video" {
  return marked ? "image" : media.type;
}

/**
 * Whether the scores of a person's single faces are shown. Where the evidence is too weak for an estimate they would pass
 * for one; in a photo, the score of the one face is the estimate that is withheld.
 */
export function scoresGiven(person: Person, kind: "image" | "video"): boolean {
  if (estimateOf(person) !== null) return true;
  return kind === "video" && person.final_score !== null;
}
