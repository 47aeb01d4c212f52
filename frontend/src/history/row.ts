import type { JobSummary, MediaKind, ResultAnswer, SignedRecord, Stage, State } from "@/api/schema";
import { canTryAgain, failureOfCode } from "@/failures/failure";
import { isFinal } from "@/jobs/stages";
import { estimateGiven } from "@/ui/verdict";
import type { Verdict } from "@/ui/verdict-mark";

/** A line of the history, wherever it comes from. */
export type Row = {
  id: string;
  name: string;
  kind: MediaKind;
  /** Address of who has sent it, in a shared workspace. */
  sentBy: string | null;
  /** Whether it is about one face alone, which the reader has marked. */
  marked: boolean;
  /** READING before the server has answered; GONE for what it does not know or show; UNREACHABLE without an answer. */
  state: State | "READING" | "GONE" | "UNREACHABLE";
  stage: Stage;
  progressPercent: number;
  sizeBytes: number | null;
  /** Of a video, in milliseconds. */
  durationMs: number | null;
  verdict: Verdict | null;
  /** Null where none is given. */
  estimate: number | null;
  /** The estimate's range; null where none is given. */
  range: readonly [number, number] | null;
  threshold: number | null;
  /** How many people were found; null without a result. */
  persons: number | null;
  /** Codes; the first one decided. */
  reasons: readonly string[];
  /** The model that scored the file, and its version. */
  bundle: string | null;
  bundleVersion: string | null;
  /** State of the file's own signed record; null before the server has answered and in results of earlier releases. */
  signedRecord: string | null;
  /** What a record by a trusted signer says that a generative model did. */
  signedAi: string | null;
  /** The rule of the first trace of a generator or an editor. */
  trace: string | null;
  /** Of the file; null before the server has answered. */
  sha256: string | null;
  errorCode: string | null;
  /** ISO 8601, as the other times. */
  createdAt: string;
  completedAt: string | null;
  expiresAt: string | null;
  filesDeleted: boolean;
  thumbnailUrl: string | null;
};

/** A row of the account's list. */
export function fromSummary(job: JobSummary, now: number): Row {
  const expiresAt = job.expires_at ?? null;
  return {
    id: job.job_id,
    name: job.original_filename,
    kind: job.media_type,
    sentBy: job.sent_by ?? null,
    marked: job.marked ?? false,
    state: job.state,
    stage: job.stage,
    progressPercent: job.progress_percent,
    sizeBytes: job.original_size_bytes,
    durationMs: null,
    verdict: job.verdict,
    estimate: estimateGiven(job.verdict, job.final_score),
    range: rangeGiven(job.verdict, job.final_score, job.interval),
    threshold: job.decision_threshold ?? null,
    persons: job.persons ?? null,
    reasons: job.reasons ?? [],
    bundle: job.bundle ?? null,
    bundleVersion: job.bundle_version ?? null,
    signedRecord: job.signed_record ?? null,
    signedAi: job.signed_ai ?? null,
    trace: job.trace ?? null,
    sha256: job.sha256,
    errorCode: job.error_code,
    createdAt: job.created_at,
    completedAt: job.processing_completed_at,
    expiresAt,
    filesDeleted: expiresAt !== null && Date.parse(expiresAt) <= now,
    thumbnailUrl: job.thumbnail_url,
  };
}

/** A row of a whole answer, as there is one for a job without an account. */
export function fromAnswer(answer: ResultAnswer): Row {
  const { result } = answer;
  return {
    id: answer.job_id,
    name: answer.metadata.original_filename,
    kind: answer.media_type,
    sentBy: answer.sent_by ?? null,
    marked: (answer.marked_from ?? null) !== null,
    state: answer.state,
    stage: answer.stage,
    progressPercent: answer.progress_percent,
    sizeBytes: answer.metadata.original_size_bytes,
    durationMs: answer.media_type === "video" ? (result?.media?.duration_ms ?? null) : null,
    verdict: result?.verdict ?? null,
    estimate: result ? estimateGiven(result.verdict, result.final_score) : null,
    range: result ? rangeGiven(result.verdict, result.final_score, result.interval) : null,
    threshold: result?.decision_threshold ?? null,
    persons: result?.tracks.length ?? null,
    reasons: result?.reasons.map(({ code }) => code) ?? [],
    bundle: result?.model.bundle ?? null,
    bundleVersion: result?.model.version ?? null,
    signedRecord: result?.provenance?.credentials.state ?? null,
    signedAi: signedAi(result?.provenance?.credentials),
    trace: result?.provenance?.hints?.[0]?.rule ?? null,
    sha256: answer.sha256,
    errorCode: answer.error?.error_code ?? null,
    createdAt: answer.created_at,
    completedAt: answer.processing_completed_at,
    expiresAt: answer.expires_at,
    filesDeleted: answer.files_deleted,
    thumbnailUrl: result?.tracks.find(({ thumbnail_url }) => thumbnail_url !== null)?.thumbnail_url ?? null,
  };
}

function signedAi(record: SignedRecord | undefined): string | null {
  const trusted = record?.state === "trusted" && record.ai?.state === "trusted";
  return trusted ? (record.ai?.use ?? null) : null;
}

function rangeGiven(
  verdict: Verdict | null,
  estimate: number | null,
  range: readonly number[] | null | undefined,
): Row["range"] {
  const [low, high] = range ?? [];
  const given = estimateGiven(verdict, estimate) !== null && low !== undefined && high !== undefined;
  return given ? [low, high] : null;
}

/** Whether the job is still under way. */
export function isActive(row: Row): boolean {
  return row.state === "QUEUED" || row.state === "RUNNING" || row.state === "PROCESSING";
}

/** Whether the job has ended and can be deleted. */
export function isDeletable(row: Row): boolean {
  return row.state !== "READING" && row.state !== "GONE" && row.state !== "UNREACHABLE" && isFinal(row.state);
}

/** Whether starting it again can help, and the upload is still there. */
export function isRetryable(row: Row): boolean {
  return row.state === "FAILED" && !row.filesDeleted && canTryAgain(failureOfCode(row.errorCode));
}
