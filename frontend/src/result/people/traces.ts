import type { AnalysisResult, Person, Trace } from "@/api/schema";
import { calibrated, correctedForNumber } from "@/result/trust/aggregation";
import { estimateOf } from "@/viewer/estimate";

/** What a person's estimate would be by one trace alone. */
export type TraceEstimate = { trace: Trace; estimate: number };

/**
 * A person's estimate by each trace alone, the higher one first, corrected for the number of people as the person's own
 * is. Empty where the model knows one trace only, where the estimate is withheld, and in results of earlier releases.
 */
export function traceEstimates(person: Person, result: AnalysisResult): TraceEstimate[] {
  const { calibration } = result.model;
  const traces = person.traces ?? [];
  if (calibration === null || traces.length < 2 || estimateOf(person) === null) return [];
  const correction = result.aggregation_steps.find(({ kind }) => kind === "number_of_people");
  return traces
    .map(({ trace, logit }) => ({
      trace,
      estimate: calibrated(
        correction === undefined ? logit : correctedForNumber(logit, correction.parameters),
        calibration,
      ),
    }))
    .sort((one, other) => other.estimate - one.estimate);
}
