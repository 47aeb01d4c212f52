import type { ApiError } from "@/api/errors";
import type { State } from "@/api/schema";

/** Whether a job in this state has ended for good; only a retry starts it again. */
export function isFinal(state: State): boolean {
  return state === "COMPLETED" || state === "FAILED" || state === "CANCELLED";
}

/** Whether waiting can help: no answer came, the server is restarting, or it asks for patience. */
export function isPassing(error: ApiError): boolean {
  return isAway(error) || error.code === "RATE_LIMITED";
}

/** Whether the server could not be reached, or something before it answered in its stead. */
export function isAway(error: ApiError): boolean {
  return error.status === 0 || error.status >= 500;
}
