import earlierResult from "@/api/results/earlier.json";
import noFaceResult from "@/api/results/no_face.json";
import peopleResult from "@/api/results/people.json";
import unclearResult from "@/api/results/unclear.json";
import weakResult from "@/api/results/weak.json";
import type { AnalysisResult, ResultAnswer } from "@/api/schema";

// TypeScript reads words in JSON as any text; that they are those of the contract is tested where they are made.
const people = peopleResult as unknown as AnalysisResult;
const notClear = unclearResult as unknown as AnalysisResult;
const tooWeak = weakResult as unknown as AnalysisResult;

/** The engine's result of a clip with two people; A decides, B is away in the middle. */
export function manipulated(changes: Partial<AnalysisResult> = {}): AnalysisResult {
  return { ...people, ...changes };
}

/** No verdict because the estimate lies in the abstain band. */
export function unclear(changes: Partial<AnalysisResult> = {}): AnalysisResult {
  return { ...notClear, ...changes };
}

/** No verdict and no estimate because the face is too blurred. */
export function weak(changes: Partial<AnalysisResult> = {}): AnalysisResult {
  return { ...tooWeak, ...changes };
}

/** A file without a face. */
export function noFace(): AnalysisResult {
  return noFaceResult as unknown as AnalysisResult;
}

/** The same clip as an earlier release has stored it: a verdict for the deciding person alone, no calibration. */
export function earlier(): AnalysisResult {
  return earlierResult as unknown as AnalysisResult;
}

/** A finished job with this result. */
export function completed(result: AnalysisResult | null, changes: Partial<ResultAnswer> = {}): ResultAnswer {
  return {
    artifacts: [],
    attempts: 1,
    created_at: "2026-11-20T10:00:00Z",
    error: null,
    expires_at: null,
    files_deleted: false,
    needs_owner_secret: false,
    waiting_before: null,
    upload_kept: true,
    job_id: "0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11",
    media_type: "video",
    metadata: {
      original_content_type: "video/mp4",
      original_filename: "clip.mp4",
      original_size_bytes: 5_000_000,
      stored_size_bytes: 5_000_000,
    },
    processing_completed_at: "2026-11-20T10:00:09Z",
    processing_started_at: "2026-11-20T10:00:01Z",
    progress: { faces_found: 7, faces_scored: 7, frames_decoded: 10, frames_planned: 10 },
    progress_percent: 100,
    result,
    revision: 9,
    sha256: "ab".repeat(32),
    stage: "saving_results",
    state: "COMPLETED",
    updated_at: "2026-11-20T10:00:09Z",
    ...changes,
  };
}
