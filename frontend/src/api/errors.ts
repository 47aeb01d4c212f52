/** A refused or failed request, by the server's `error_code`; OFFLINE and MISMATCH are this side's own. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** HTTP status, 0 when no answer came. */
    readonly status: number,
    readonly details: Record<string, unknown> | null = null,
    readonly requestId: string | null = null,
    /** Seconds after which the server asks to be tried again. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** Make an error of a parsed answer's body; one of another shape, as a proxy writes it, is MISMATCH or UNAVAILABLE. */
export function fromAnswer(body: unknown, response: Response): ApiError {
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const retryAfter = Number.isFinite(seconds) ? seconds : null;
  if (isErrorAnswer(body)) {
    const { error_code, message, details } = body.error;
    return new ApiError(
      error_code,
      message,
      response.status,
      details ?? null,
      body.request_id ?? null,
      retryAfter,
    );
  }
  const code =
    response.status === 413 ? "FILE_TOO_LARGE" : response.status >= 500 ? "UNAVAILABLE" : "MISMATCH";
  return new ApiError(
    code,
    `The server answered with status ${response.status}.`,
    response.status,
    null,
    null,
    retryAfter,
  );
}

/** A body's JSON, for requests that are not made by `fetch`; null for one that is none, as a proxy writes it. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

type ErrorAnswer = {
  error: { error_code: string; message: string; details?: Record<string, unknown> | null };
  request_id?: string | null;
};

function isErrorAnswer(body: unknown): body is ErrorAnswer {
  if (typeof body !== "object" || body === null || !("error" in body)) return false;
  const { error } = body;
  return typeof error === "object" && error !== null && "error_code" in error && "message" in error;
}

/** What of a read that failed is null: that there is no such thing, or none for the reader (404). All else is thrown again. */
export function nullIfAbsent(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}

/** Whether waiting can help: the server could not be reached, is restarting, or limits the rate of requests. */
export function isPassing(error: ApiError): boolean {
  return isAway(error) || error.code === "RATE_LIMITED";
}

/** Whether the server could not be reached, or a proxy answered in its place. */
export function isAway(error: ApiError): boolean {
  return error.status === 0 || error.status >= 500;
}

/** What a request that was cancelled is rejected with, as `fetch` does. */
export function aborted(): DOMException {
  return new DOMException("Cancelled", "AbortError");
}
