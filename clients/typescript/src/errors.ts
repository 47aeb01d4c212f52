import { CODES, type Code } from "./codes.js";
import type { JobError } from "./schema.js";

/** Base of all failures of this package. */
export class DeepShieldError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The service could not be reached, or gave no end of an analysis in time. */
export class NoAnswerError extends DeepShieldError {}

/** A failure with a code of the service; one of a newer service may be none of `Code`. */
export class CodedError extends DeepShieldError {
  constructor(
    readonly code: Code | (string & {}),
    message: string,
    readonly details: Record<string, unknown>,
  ) {
    super(message);
  }

  /** Whether the same may succeed later without being changed. */
  get again(): boolean {
    return this.code in CODES && CODES[this.code as Code].again;
  }
}

/** A refused request. */
export class ApiError extends CodedError {
  constructor(
    code: string,
    message: string,
    details: Record<string, unknown>,
    readonly status: number,
    readonly requestId: string | null,
    /** In seconds; null when the service says nothing. */
    readonly retryAfter: number | null,
  ) {
    super(code, message, details);
  }
}

/** An analysis that ended without a result. */
export class JobFailedError extends CodedError {
  constructor(
    readonly jobId: string,
    error: JobError | null,
  ) {
    super(
      error?.error_code ?? "CANCELLED",
      error?.message ?? "The analysis was cancelled.",
      (error?.details as Record<string, unknown> | null | undefined) ?? {},
    );
  }
}

/** The failure that an answer's body, as text, says. */
export function refusal(response: Response, text: string): ApiError {
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const retryAfter = Number.isFinite(seconds) ? seconds : null;
  try {
    const { error, request_id } = JSON.parse(text) as {
      error: { error_code: string; message: string; details?: Record<string, unknown> | null };
      request_id?: string | null;
    };
    return new ApiError(
      error.error_code,
      error.message,
      error.details ?? {},
      response.status,
      request_id ?? null,
      retryAfter,
    );
  } catch {
    // A proxy in front of the service wrote it.
    const code = response.status >= 500 ? "SERVICE_UNAVAILABLE" : "MISMATCH";
    const message = `The server answered with status ${response.status}.`;
    return new ApiError(code, message, {}, response.status, null, retryAfter);
  }
}
