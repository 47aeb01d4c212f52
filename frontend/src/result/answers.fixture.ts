import noFaceResult from "@/api/results/no_face.json";
import peopleResult from "@/api/results/people.json";
import unclearResult from "@/api/results/unclear.json";
import weakResult from "@/api/results/weak.json";
import type { AnalysisResult, ResultAnswer } from "@/api/schema";

// TypeScript reads words in JSON as any text; that they are those of the contract is tested where they are made.
const [people, notClear, tooWeak, faceless] = [peopleResult, unclearResult, weakResult, noFaceResult].map(
  (result) => result as unknown as AnalysisResult,
) as [AnalysisResult, AnalysisResult, AnalysisResult, AnalysisResult];

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
  return faceless;
}

/** The same as `manipulated`, as the server reads what an earlier release has stored. */
export function earlier(): AnalysisResult {
  return manipulated({
    aggregation_steps: people.aggregation_steps.filter(({ kind }) => kind !== "calibration"),
    model: { ...people.model, calibration: null },
    timings_ms: { ...people.timings_ms, open: null, waiting_for_frames: null },
    tracks: people.tracks.map((track) =>
      track.person === people.deciding_person
        ? track
        : { ...track, verdict: null, confidence_label: null, final_score: null, interval: null, reasons: [] },
    ),
  });
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
