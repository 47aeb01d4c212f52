import people from "@/api/results/people.json";
import type { AnalysisResult, Person, ResultAnswer } from "@/api/schema";

type Scores = Record<string, number>;

// TypeScript reads words in JSON as any text; that they are those of the contract is tested where they are made.
const made = people as unknown as AnalysisResult;

/** The engine's result with the times, boxes and scores of a made-up clip of 4 s, 100 x 50 pixels, sampled every 500 ms, for tests: B is away in the middle. */
export function exampleAnswer(more: Partial<AnalysisResult> = {}): ResultAnswer {
  const timeline = [0, 500, 1000, 1500, 2000, 2500, 3000, 3500].map((timestamp_ms, i) => {
    const scores: Scores = { A: 0.3 };
    if (i < 3 || i > 5) scores.B = 0.6 + i / 25;
    return { timestamp_ms, scores };
  });
  const person = (letter: string, probability: number): Person => ({
    ...(made.tracks.find((track) => track.person === letter) as Person),
    person: letter,
    probability,
    final_score: probability,
    logit: 0,
    seconds_on_screen: 2,
    frames: 4,
    thumbnail_url: `/api/artifacts/x/person-${letter}.png`,
    faces: timeline.flatMap(({ timestamp_ms, scores }) =>
      letter in scores ? [face(letter, timestamp_ms)] : [],
    ),
  });
  const result: AnalysisResult = {
    ...made,
    abstain_band: [0.5, 0.65],
    deciding_person: "B",
    decision_threshold: 0.65,
    final_score: 0.7,
    frames_sampled: 8,
    interval: [0.66, 0.8],
    media: { ...made.media, width: 100, height: 50, duration_ms: 4000, frame_count: 100 },
    preview_url: null,
    timeline,
    top_k_suspicious: [moment(1, 3500, 0.88), moment(2, 0, 0.6)],
    tracks: [person("B", 0.7), person("A", 0.3)],
    ...more,
  };
  return {
    artifacts: [],
    attempts: 1,
    created_at: "2026-01-01T00:00:00Z",
    error: null,
    expires_at: null,
    files_deleted: false,
    needs_owner_secret: false,
    waiting_before: null,
    upload_kept: true,
    job_id: "x",
    media_type: "video",
    metadata: {
      original_content_type: null,
      original_filename: "clip.mp4",
      original_size_bytes: 1,
      stored_size_bytes: 1,
    },
    processing_completed_at: null,
    processing_started_at: null,
    progress: { faces_found: 0, faces_scored: 0, frames_decoded: 0, frames_planned: 0 },
    progress_percent: 100,
    result,
    revision: 1,
    sha256: "",
    stage: "saving_results",
    state: "COMPLETED",
    updated_at: "2026-01-01T00:00:00Z",
  };
}

function face(letter: string, timestamp_ms: number) {
  const left = letter === "A" ? 5 : 60;
  return {
    frame_index: timestamp_ms / 40,
    timestamp_ms,
    bbox: [left, 10, left + 20, 35],
    size_px: 20,
    sharpness: 0.5,
    detection_confidence: 0.9,
    landmarks: null,
    logit: 0,
  };
}

function moment(rank: number, timestamp_ms: number, p_fake: number) {
  const name = (kind: string) => `/api/artifacts/x/moment-${rank}-${kind}.png`;
  return {
    rank,
    person: "B",
    frame_index: timestamp_ms / 40,
    timestamp_ms,
    p_fake,
    face_bbox: [60, 10, 80, 35],
    map: [
      [0.1, 0],
      [-0.2, 0.4],
    ],
    crop_url: name("crop"),
    heatmap_overlay_url: name("overlay"),
    frame_overlay_url: name("frame"),
  };
}
