import type { ApiError } from "@/api/errors";
import type { AnalysisResult, ResultAnswer } from "@/api/schema";
import { failureOf, failureOfJob, type Failure } from "@/failures/failure";

export type Screen =
  | { kind: "loading" }
  | { kind: "analysing"; answer: ResultAnswer }
  | { kind: "verdict"; answer: ResultAnswer; result: AnalysisResult }
  | { kind: "problem"; failure: Failure; answer?: ResultAnswer; error?: ApiError };

/**
 * Choose the screen from what is known of a job. An error that waiting does not mend wins over an older answer;
 * `offline` matters only while there is nothing to show.
 */
export function screenOf(answer?: ResultAnswer, error?: ApiError, offline = false): Screen {
  if (error !== undefined) return { kind: "problem", failure: ofRequest(error), answer, error };
  if (answer === undefined)
    return offline ? { kind: "problem", failure: { code: "OFFLINE" } } : { kind: "loading" };
  switch (answer.state) {
    case "QUEUED":
    case "RUNNING":
    case "PROCESSING":
      return { kind: "analysing", answer };
    case "CANCELLED":
      return { kind: "problem", failure: { code: "CANCELLED" }, answer };
    case "FAILED":
      return { kind: "problem", failure: failureOfJob(answer.error, answer.job_id), answer };
    case "COMPLETED":
      return answer.result === null
        ? { kind: "problem", failure: { code: "MISMATCH" }, answer }
        : { kind: "verdict", answer, result: answer.result };
    default:
      return { kind: "problem", failure: { code: "MISMATCH" }, answer };
  }
}

/** What a failed request for a job means: an address that was cut short is a wrong link to its reader. */
function ofRequest(error: ApiError): Failure {
  const wrongLink = error.status === 403 || error.status === 404 || error.status === 422;
  return wrongLink ? { code: "NOT_FOUND" } : failureOf(error);
}
