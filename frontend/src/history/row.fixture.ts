import type { Row } from "./row";

/** A finished photo's row, with what a test wants otherwise. */
export function row(other: Partial<Row> = {}): Row {
  return {
    id: "1",
    name: "a.jpg",
    kind: "image",
    sentBy: null,
    marked: false,
    state: "COMPLETED",
    stage: "saving_results",
    progressPercent: 100,
    sizeBytes: 2048,
    durationMs: null,
    verdict: "no_signs",
    estimate: 0.1,
    range: [0.05, 0.2],
    threshold: 0.69,
    persons: 1,
    reasons: ["below_threshold"],
    bundle: "tf_efficientnetv2_b0",
    bundleVersion: "1.3.0",
    signedRecord: null,
    signedAi: null,
    trace: null,
    sha256: "ab".repeat(32),
    errorCode: null,
    createdAt: "2026-03-01T10:00:00Z",
    completedAt: "2026-03-01T10:00:05Z",
    expiresAt: "2026-03-02T10:00:05Z",
    filesDeleted: false,
    thumbnailUrl: null,
    ...other,
  };
}
