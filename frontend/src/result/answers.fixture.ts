import type { AnalysisResult, Person, ResultAnswer } from "@/api/schema";

/** Two people in ten frames; B is seen in five of them and decides. */
export function manipulated(changes: Partial<AnalysisResult> = {}): AnalysisResult {
  return {
    abstain_band: [0.5, 0.69],
    advice: "Other causes remain possible.",
    aggregation_method: "quantile-band-1",
    aggregation_steps: STEPS,
    confidence_label: "signs",
    deciding_person: "B",
    decision_threshold: 0.69,
    faces: 7,
    final_score: 0.84,
    frames_sampled: 10,
    frames_used_for_score: 5,
    frames_with_face: 6,
    interval: [0.71, 0.92],
    low_confidence: false,
    low_confidence_reason: null,
    media: MEDIA,
    model: MODEL,
    model_version: "1.0.0",
    pipeline_version: "1",
    predicted_manipulation: true,
    preview_url: null,
    raw_logit: 1.444444,
    reasons: [{ code: "above_threshold", message: "The most suspicious person scores above the threshold." }],
    score_interpretation: "Signs of manipulation (estimated 84 %, range 71-92 %)",
    sha256: "ab".repeat(32),
    timeline: [
      { timestamp_ms: 0, scores: { A: 0.11, B: 0.91 } },
      { timestamp_ms: 500, scores: {} },
      { timestamp_ms: 1000, scores: { B: 0.8 } },
    ],
    timings_ms: { open: 12, total: 400 },
    top_k_suspicious: [moment(1, "B", 2000), moment(2, "A", 0)],
    tracks: [person("B", [1, 2, 3, 2, 2]), person("A", [-1, -2])],
    verdict: "manipulated",
    ...changes,
  };
}

/** No verdict because the estimate lies in the abstain band. */
export function unclear(): AnalysisResult {
  return manipulated({
    confidence_label: "unclear",
    final_score: 0.6,
    interval: [0.3, 0.66],
    predicted_manipulation: null,
    low_confidence: true,
    reasons: [{ code: "in_abstain_band", message: "The score is too close to the threshold to say." }],
    verdict: "inconclusive",
  });
}

/** No verdict and no estimate because too few frames carry it. */
export function weak(): AnalysisResult {
  return manipulated({
    confidence_label: "weak",
    final_score: null,
    frames_used_for_score: 2,
    predicted_manipulation: null,
    low_confidence: true,
    reasons: [{ code: "too_few_frames", message: "Too few frames show this face to judge." }],
    verdict: "inconclusive",
  });
}

/** A file without a face. */
export function noFace(): AnalysisResult {
  return manipulated({
    aggregation_steps: [],
    confidence_label: "no_face",
    deciding_person: null,
    faces: 0,
    final_score: null,
    frames_used_for_score: 0,
    frames_with_face: 0,
    interval: null,
    predicted_manipulation: null,
    raw_logit: null,
    reasons: [{ code: "no_face", message: "No face was found, so nothing was scored." }],
    timeline: [],
    top_k_suspicious: [],
    tracks: [],
    verdict: "no_face",
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

/** As the server writes it: B's band of five frames is drawn towards -1 for the five frames without B. */
const STEPS = [
  {
    name: "person B: quantile band",
    inputs: [1, 2, 3, 2, 2],
    weights: [0.125, 0.25, 0.125, 0.25, 0.25],
    output: 2,
    parameters: { low: 0.1, high: 0.9 },
  },
  {
    name: "person B: presence",
    inputs: [2, -1],
    weights: [0.8148148148148149, 0.1851851851851851],
    output: 1.4444444444444446,
    parameters: { frames_present: 5, frames_sampled: 10, presence_frames: 4 },
  },
  { name: "person A: quantile band", inputs: [-1, -2], weights: [0.5, 0.5], output: -1.5, parameters: {} },
  { name: "person A: presence", inputs: [-1.5, -1], weights: [0.4, 0.6], output: -1.2, parameters: {} },
  {
    name: "most suspicious person",
    inputs: [1.4444444444444446, -1.2],
    weights: [1, 0],
    output: 1.4444444444444446,
    parameters: {},
  },
];

const MEDIA = {
  codec: "h264",
  duration_ms: 5000,
  format: "mov",
  frame_count: 150,
  height: 720,
  size_bytes: 5_000_000,
  type: "video",
  width: 1280,
};

const MODEL = {
  architecture: "tf_efficientnetv2_b0",
  base_rate: 0.5,
  bundle: "tf_efficientnetv2_b0",
  device: "cpu",
  face_detector: "mtcnn",
  reliability: [
    [0.36, 0.41, 282],
    [0.82, 0.84, 301],
    [0.95, 0.97, 120],
  ],
  runtime: "onnx",
  sha256: "cd".repeat(32),
  version: "1.0.0",
};

function moment(rank: number, letter: string, time: number): AnalysisResult["top_k_suspicious"][number] {
  return {
    crop_url: null,
    face_bbox: [10, 10, 110, 110],
    frame_index: 0,
    frame_overlay_url: null,
    heatmap_overlay_url: `/api/artifacts/x/moment-${rank}-overlay.png`,
    map: [[0.1]],
    p_fake: 0.9,
    person: letter,
    rank,
    timestamp_ms: time,
  };
}

function person(letter: string, logits: number[]): Person {
  return {
    person: letter,
    frames: logits.length,
    logit: logits[0] ?? null,
    probability: letter === "B" ? 0.84 : 0.21,
    seconds_on_screen: logits.length,
    thumbnail_url: null,
    faces: logits.map((logit, index) => ({
      bbox: [10, 10, 110, 110],
      detection_confidence: 0.99,
      frame_index: 30 * index,
      landmarks: null,
      logit,
      sharpness: 0.5,
      size_px: 100 + index,
      timestamp_ms: 1000 * index,
    })),
  };
}
