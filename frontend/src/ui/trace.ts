import type { AnalysisResult, Trace } from "@/api/schema";

/**
 * What a flagged file bears traces of; null where nothing is claimed: without that verdict, and in results of earlier
 * releases.
 */
export function traceOf({ verdict, trace }: Pick<AnalysisResult, "verdict" | "trace">): Trace | null {
  return verdict === "manipulated" ? (trace ?? null) : null;
}

/** As `traceOf`, of one of the people of a result: only where both the file and the person are flagged. */
export function personTrace(result: AnalysisResult, letter: string): Trace | null {
  const person = result.tracks.find((track) => track.person === letter);
  if (person?.verdict !== "manipulated") return null;
  return traceOf({ verdict: result.verdict, trace: person.trace });
}
