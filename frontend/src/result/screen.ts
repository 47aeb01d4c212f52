import type { ApiError } from "@/api/errors";
import type { AnalysisResult, JobError, ResultAnswer } from "@/api/schema";

/** What a job's page shows instead of a verdict, by what the reader can do about it. */
export type Problem =
  | "wrongType"
  | "tooLong"
  | "tooLarge"
  | "damaged"
  | "empty"
  | "ours"
  | "paused"
  | "busy"
  | "cancelled"
  | "expired"
  | "notYours"
  | "signedOut"
  | "offline"
  | "mismatch";

export type Screen =
  | { kind: "loading" }
  | { kind: "analysing"; answer: ResultAnswer }
  | { kind: "verdict"; answer: ResultAnswer; result: AnalysisResult }
  | { kind: "problem"; problem: Problem; answer?: ResultAnswer; error?: ApiError };

const BY_CODE: Record<string, Problem> = {
  INVALID_MAGIC_BYTES: "wrongType",
  INVALID_EXTENSION: "wrongType",
  INVALID_MIME_TYPE: "wrongType",
  VIDEO_TOO_LONG: "tooLong",
  TOO_MANY_FRAMES: "tooLong",
  FILE_TOO_LARGE: "tooLarge",
  TOO_MANY_PIXELS: "tooLarge",
  VIDEO_DECODE_ERROR: "damaged",
  IMAGE_DECODE_ERROR: "damaged",
  DECODE_TIMEOUT: "damaged",
  EMPTY_FILE: "empty",
  MODEL_NOT_AVAILABLE: "paused",
  CANCELLED: "cancelled",
  EXPIRED: "expired",
};

/**
 * Choose the screen from what is known of a job. An error that waiting does not mend wins over an older answer;
 * `offline` matters only while there is nothing to show.
 */
export function screenOf(answer?: ResultAnswer, error?: ApiError, offline = false): Screen {
  if (error !== undefined) return { kind: "problem", problem: ofRequest(error), answer, error };
  if (answer === undefined) return offline ? { kind: "problem", problem: "offline" } : { kind: "loading" };
  switch (answer.state) {
    case "QUEUED":
    case "RUNNING":
    case "PROCESSING":
      return { kind: "analysing", answer };
    case "CANCELLED":
      return { kind: "problem", problem: "cancelled", answer };
    case "FAILED":
      return { kind: "problem", problem: ofJob(answer.error), answer };
    case "COMPLETED":
      return answer.result === null
        ? { kind: "problem", problem: "mismatch", answer }
        : { kind: "verdict", answer, result: answer.result };
    default:
      return { kind: "problem", problem: "mismatch", answer };
  }
}

/** What a failed analysis means; a code that this page does not know is the service's fault, not the file's. */
export function ofJob(error: JobError | null): Problem {
  return (error !== null && BY_CODE[error.error_code]) || "ours";
}

/** What a failed request for a job means. */
export function ofRequest(error: ApiError): Problem {
  if (error.status === 0) return "offline";
  if (error.status === 401) return "signedOut";
  if (error.status === 429) return "busy";
  // An address that was cut short is refused as malformed; to the reader it is a wrong link like any other.
  if (error.status === 403 || error.status === 404 || error.status === 422) return "notYours";
  if (error.status === 410) return "expired";
  if (error.status === 503 && error.code === "MODEL_NOT_AVAILABLE") return "paused";
  return error.status >= 500 ? "ours" : "mismatch";
}
