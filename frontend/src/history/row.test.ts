import { describe, expect, it } from "vitest";

import { isDeletable, isRetryable } from "./row";
import { row } from "./row.fixture";

describe("isRetryable", () => {
  const failed = (errorCode: string | null, filesDeleted = false) =>
    row({ state: "FAILED", errorCode, filesDeleted });

  it("offers another try for our faults while the upload is there", () => {
    expect(isRetryable(failed("INTERNAL_ERROR"))).toBe(true);
    expect(isRetryable(failed("ANALYSIS_TIMEOUT"))).toBe(true);
    expect(isRetryable(failed(null))).toBe(true);
    expect(isRetryable(failed("INTERNAL_ERROR", true))).toBe(false);
  });

  it("offers none where the same file fails again, or nothing has failed", () => {
    expect(isRetryable(failed("VIDEO_DECODE_ERROR"))).toBe(false);
    expect(isRetryable(failed("VIDEO_TOO_LONG"))).toBe(false);
    expect(isRetryable(failed("UPLOAD_LOST"))).toBe(false);
    expect(isRetryable(row())).toBe(false);
  });
});

it("deletes only what has ended", () => {
  expect(isDeletable(row())).toBe(true);
  expect(isDeletable(row({ state: "CANCELLED" }))).toBe(true);
  for (const state of ["QUEUED", "PROCESSING", "READING", "GONE"] as const)
    expect(isDeletable(row({ state }))).toBe(false);
});
