import { describe, expect, it } from "vitest";

import { ApiError } from "@/api/errors";
import type { ResultAnswer } from "@/api/schema";

import { completed, manipulated, noFace, weak } from "./answers.fixture";
import { screenOf } from "./screen";

const failed = (code: string): ResultAnswer =>
  completed(null, { state: "FAILED", error: { error_code: code, message: "Because." } });

const problem = (answer?: ResultAnswer, error?: ApiError, offline = false) => {
  const screen = screenOf(answer, error, offline);
  return screen.kind === "problem" ? screen.failure.code : screen.kind;
};

describe("screenOf", () => {
  it("waits for the first answer, and says when there is no connection to get one", () => {
    expect(problem()).toBe("loading");
    expect(problem(undefined, undefined, true)).toBe("OFFLINE");
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
    expect(problem(completed(null))).toBe("MISMATCH");
  });

  it("says that a job was cancelled", () => {
    expect(problem(completed(null, { state: "CANCELLED" }))).toBe("CANCELLED");
  });

  it("names an analysis that failed by its code, and one that it does not know as the server's fault", () => {
    for (const code of ["IMAGE_DECODE_ERROR", "ANALYSIS_CRASHED"] as const)
      expect(problem(failed(code))).toBe(code);
    expect(problem(failed("SOMETHING_NEW"))).toBe("INTERNAL_ERROR");
  });

  it.each([
    [404, "NOT_FOUND", "NOT_FOUND"],
    [422, "VALIDATION_ERROR", "NOT_FOUND"],
    [403, "FORBIDDEN", "NOT_FOUND"],
    [401, "UNAUTHORIZED", "UNAUTHORIZED"],
    [410, "EXPIRED", "EXPIRED"],
    [429, "RATE_LIMITED", "RATE_LIMITED"],
    [503, "MODEL_NOT_AVAILABLE", "MODEL_NOT_AVAILABLE"],
    [500, "INTERNAL_ERROR", "INTERNAL_ERROR"],
    [200, "MISMATCH", "MISMATCH"],
    [0, "OFFLINE", "OFFLINE"],
  ])("tells a request that failed with %i %s as %s", (status, code, expected) => {
    expect(problem(undefined, new ApiError(code, "No.", status))).toBe(expected);
  });

  it("believes a refusal more than an older answer: deleted elsewhere, signed out", () => {
    expect(problem(completed(manipulated()), new ApiError("NOT_FOUND", "No.", 404))).toBe("NOT_FOUND");
    expect(problem(completed(manipulated()), new ApiError("UNAUTHORIZED", "No.", 401))).toBe("UNAUTHORIZED");
  });
});
