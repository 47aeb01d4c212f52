import type { ApiError } from "@/api/errors";
import { FAILURES } from "@/api/failures";
import type { JobError } from "@/api/schema";

/** A code of the server's table, or what only this side can know: no answer, or one that it does not understand. */
export type FailureCode = keyof typeof FAILURES | "OFFLINE" | "MISMATCH";

type Facts = { fault: "file" | "user" | "server"; again: boolean };

const FACTS: Record<FailureCode, Facts> = {
  ...FAILURES,
  OFFLINE: { fault: "user", again: true },
  MISMATCH: { fault: "user", again: false },
};

/** Why a file, a job or a request got no further; every page words it by its code. */
export type Failure = {
  code: FailureCode;
  /** The file's own figure, in bytes or seconds. */
  is?: number;
  /** The limit, in the same. */
  limit?: number;
  /** What to name when telling whoever runs the server. */
  reference?: string | null;
};

/** Whether the same file, job or request may succeed when tried again. */
export function canTryAgain({ code }: Failure): boolean {
  return FACTS[code].again;
}

/** Whether another file is what helps. */
export function isOfFile({ code }: Failure): boolean {
  return FACTS[code].fault === "file";
}

/** Whether the fault is the server's, which is never charged. */
export function isOfServer({ code }: Failure): boolean {
  return FACTS[code].fault === "server";
}

/** Read a refused request; a server behind a proxy that is away is one that is busy. */
export function failureOf(error: ApiError): Failure {
  return { code: codeOf(error), reference: error.requestId, ...figures(error.details) };
}

/** Read the error of a job that failed; a code that the table has not is a fault of the server's. */
export function failureOfJob(error: JobError | null, jobId: string): Failure {
  const code = error?.error_code ?? "";
  return {
    code: isKnown(code) ? code : "INTERNAL_ERROR",
    reference: jobId,
    ...figures(error?.details ?? null),
  };
}

/** The row of a code that a list shows; null and unknown codes are faults of the server's. */
export function failureOfCode(code: string | null): Failure {
  return { code: code !== null && isKnown(code) ? code : "INTERNAL_ERROR" };
}

function codeOf({ code, status }: ApiError): FailureCode {
  if (status === 0) return "OFFLINE";
  if (code === "UNAVAILABLE") return "SERVICE_UNAVAILABLE";
  if (isKnown(code)) return code;
  return status >= 500 ? "INTERNAL_ERROR" : "MISMATCH";
}

function isKnown(code: string): code is FailureCode {
  return Object.hasOwn(FACTS, code);
}

function figures(details: Record<string, unknown> | null): { is?: number; limit?: number } {
  const number = (name: string) => (typeof details?.[name] === "number" ? details[name] : undefined);
  return { is: number("duration_seconds") ?? number("size_bytes"), limit: number("limit_bytes") };
}
