import type { Person } from "@/api/schema";

/**
 * The estimated probability of manipulation to show for a person; null where the evidence is too weak for one. Results of
 * version 1 judge the deciding person alone; for the others their probability stands.
 */
export function estimateOf(person: Person): number | null {
  return person.verdict === null ? person.probability : person.final_score;
}
