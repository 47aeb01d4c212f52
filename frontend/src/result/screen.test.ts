import { describe, expect, it } from "vitest";

import { ApiError } from "@/api/errors";
import type { ResultAnswer } from "@/api/schema";

import { completed, manipulated, noFace, weak } from "./answers.fixture";
import { screenOf } from "./screen";

const failed = (code: string): ResultAnswer =>
  completed(null, { state: "FAILED", error: { error_code: code, message: "Because." } });

const problem = (answer?: ResultAnswer, error?: ApiError, offline = false) => {
  const screen = screenOf(answer, error, offline);
  return screen.kind === "problem" ? screen.problem : screen.kind;
};

describe("screenOf", () => {
  it("waits for the first answer, and says when there is no connection to get one", () => {
    expect(problem()).toBe("loading");
    expect(problem(undefined, undefined, true)).toBe("offline");
  });

  it.each(["QUEUED", "RUNNING", "PROCESSING"] as const)("shows a job that is %s as under way", (state) => {
    expect(problem(completed(null, { state }))).toBe("analysing");
  });

  it("shows every finished analysis as a result, with a verdict or without", () => {
    for (const result of [manipulated(), weak(), noFace()])
      expect(problem(completed(result))).toBe("verdict");
  });

  it("keeps the summary when the files have gone", () => {
    expect(problem(completed(manipulated(), { files_deleted: true }))).toBe("verdict");
  });

  it("keeps showing what it has while the connection is lost", () => {
    expect(problem(completed(manipulated()), undefined, true)).toBe("verdict");
    expect(problem(completed(null, { state: "PROCESSING" }), undefined, true)).toBe("analysing");
  });

  it("never makes a verdict of a finished job without a result", () => {
    expect(problem(completed(null))).toBe("mismatch");
  });

  it("says that a job was cancelled", () => {
    expect(problem(completed(null, { state: "CANCELLED" }))).toBe("cancelled");
  });

  it.each([
    ["INVALID_MAGIC_BYTES", "wrongType"],
    ["VIDEO_TOO_LONG", "tooLong"],
    ["TOO_MANY_PIXELS", "tooLarge"],
    ["FILE_TOO_LARGE", "tooLarge"],
    ["IMAGE_DECODE_ERROR", "damaged"],
    ["VIDEO_DECODE_ERROR", "damaged"],
    ["EMPTY_FILE", "empty"],
    ["MODEL_NOT_AVAILABLE", "paused"],
    ["ANALYSIS_CRASHED", "ours"],
    ["INTERNAL_ERROR", "ours"],
    ["SOMETHING_NEW", "ours"],
  ])("tells an analysis that failed with %s as %s", (code, expected) => {
    expect(problem(failed(code))).toBe(expected);
  });

  it.each([
    [404, "NOT_FOUND", "notYours"],
    [422, "VALIDATION_ERROR", "notYours"],
    [403, "FORBIDDEN", "notYours"],
    [401, "UNAUTHORIZED", "signedOut"],
    [410, "EXPIRED", "expired"],
    [429, "RATE_LIMITED", "busy"],
    [503, "MODEL_NOT_AVAILABLE", "paused"],
    [500, "INTERNAL_ERROR", "ours"],
    [200, "MISMATCH", "mismatch"],
    [0, "OFFLINE", "offline"],
  ])("tells a request that failed with %i %s as %s", (status, code, expected) => {
    expect(problem(undefined, new ApiError(code, "No.", status))).toBe(expected);
  });

  it("believes a refusal more than an older answer: deleted elsewhere, signed out", () => {
    expect(problem(completed(manipulated()), new ApiError("NOT_FOUND", "No.", 404))).toBe("notYours");
    expect(problem(completed(manipulated()), new ApiError("UNAUTHORIZED", "No.", 401))).toBe("signedOut");
  });
});
