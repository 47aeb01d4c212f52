import type { JobEvent, ResultAnswer } from "@/api/schema";

/** A video's job, in the middle of its analysis unless `changes` say otherwise. */
export function job(changes: Partial<ResultAnswer> = {}): ResultAnswer {
  return {
    job_id: "job-1",
    media_type: "video",
    state: "PROCESSING",
    stage: "face_detection",
    progress_percent: 42,
    progress: { frames_planned: 32, frames_decoded: 18, faces_found: 21, faces_scored: 0 },
    waiting_before: null,
    revision: 5,
    attempts: 1,
    created_at: "2026-01-02T10:00:00Z",
    updated_at: "2026-01-02T10:00:05Z",
    processing_started_at: "2026-01-02T10:00:01Z",
    processing_completed_at: null,
    expires_at: null,
    files_deleted: false,
    needs_owner_secret: false,
    upload_kept: true,
    sha256: "0".repeat(64),
    metadata: {
      original_filename: "clip.mp4",
      original_content_type: "video/mp4",
      original_size_bytes: 1000,
      stored_size_bytes: 1000,
    },
    artifacts: [],
    error: null,
    result: null,
    ...changes,
  };
}

/** An event of that job. */
export function eventOf(changes: Partial<ResultAnswer>): JobEvent {
  const answer = job(changes);
  const { job_id, media_type, state, stage, progress_percent, progress, waiting_before } = answer;
  const { revision, updated_at, error } = answer;
  return {
    job_id,
    media_type,
    state,
    stage,
    progress_percent,
    progress,
    waiting_before,
    revision,
    updated_at,
    error,
  };
}
