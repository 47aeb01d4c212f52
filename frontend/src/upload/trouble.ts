import { ApiError } from "@/api/errors";
import type { JobError } from "@/api/schema";

/** Why a file got no further; a key of `analyse.trouble`. */
export type TroubleWord =
  | "wrongType"
  | "tooLarge"
  | "tooLong"
  | "empty"
  | "unreadable"
  | "damaged"
  | "tooManyPixels"
  | "tooManyFrames"
  | "badName"
  | "badLink"
  | "linkUnreachable"
  | "broken"
  | "full"
  | "mismatch"
  | "gone"
  | "expired"
  | "quota"
  | "signedOut"
  | "busy"
  | "paused"
  | "fault";

export type Trouble = {
  word: TroubleWord;
  /** The file's own figure, in bytes or seconds. */
  is?: number;
  /** The limit, in the same. */
  limit?: number;
  /** Whether the same file may go through when tried again. */
  again: boolean;
  /** What to name when telling whoever runs the server. */
  reference?: string | null;
};

const WORDS: Record<string, TroubleWord> = {
  INVALID_MAGIC_BYTES: "wrongType",
  INVALID_EXTENSION: "wrongType",
  INVALID_MIME_TYPE: "wrongType",
  FILE_TOO_LARGE: "tooLarge",
  VIDEO_TOO_LONG: "tooLong",
  EMPTY_FILE: "empty",
  VIDEO_DECODE_ERROR: "damaged",
  IMAGE_DECODE_ERROR: "damaged",
  DECODE_TIMEOUT: "damaged",
  TOO_MANY_PIXELS: "tooManyPixels",
  TOO_MANY_FRAMES: "tooManyFrames",
  DOUBLE_EXTENSION: "badName",
  FILENAME_TOO_LONG: "badName",
  INVALID_FILENAME: "badName",
  INVALID_URL: "badLink",
  URL_NOT_REACHABLE: "linkUnreachable",
  UPLOAD_TIMEOUT: "broken",
  STORAGE_FULL: "full",
  MISMATCH: "mismatch",
  NOT_FOUND: "gone",
  EXPIRED: "expired",
  QUOTA_EXCEEDED: "quota",
  UNAUTHORIZED: "signedOut",
  RATE_LIMITED: "busy",
  MODEL_NOT_AVAILABLE: "paused",
};
const AGAIN: ReadonlySet<TroubleWord> = new Set([
  "linkUnreachable",
  "broken",
  "full",
  "busy",
  "paused",
  "fault",
]);

/** Word a refused request; a lost connection and a server that restarts are the same to a sender. */
export function troubleOf(error: ApiError): Trouble {
  const away = error.status === 0 || error.code === "UNAVAILABLE" || error.code === "SERVICE_UNAVAILABLE";
  return worded(away ? "broken" : WORDS[error.code], error.details, error.requestId);
}

/** Word the error of a job that failed. */
export function troubleOfJob(error: JobError | null, jobId: string): Trouble {
  return worded(WORDS[error?.error_code ?? ""], error?.details ?? null, jobId.slice(0, 8));
}

function worded(
  word: TroubleWord = "fault",
  details: Record<string, unknown> | null | undefined,
  reference: string | null,
): Trouble {
  const number = (name: string) => (typeof details?.[name] === "number" ? details[name] : undefined);
  const is = number("duration_seconds") ?? number("size_bytes");
  const limit = number("limit_bytes");
  return { word, again: AGAIN.has(word), is, limit, reference: word === "fault" ? reference : null };
}
