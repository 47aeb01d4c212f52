import { describe, expect, it, test } from "vitest";

import { ApiError } from "@/api/errors";
import { FAILURES } from "@/api/failures";
import document from "@/api/openapi.json";
import de from "@messages/de/failures.json";
import en from "@messages/en/failures.json";

import { canTryAgain, failureOf, failureOfCode, failureOfJob, isOfFile, isOfServer } from "./failure";

const TABLE = document["x-failures"];
const refusal = (code: string, status: number, details: Record<string, unknown> | null = null) =>
  new ApiError(code, "…", status, details, "7f3a");

describe("the server's table", () => {
  it("is what the pages go by, fact by fact and word by word", () => {
    const facts = Object.entries(TABLE.codes).map(([code, { fault, again }]) => [code, { fault, again }]);
    expect(FAILURES).toEqual(Object.fromEntries(facts));
    const words = Object.entries(TABLE.codes).map(([code, row]) => [
      code,
      { summary: row.summary, advice: row.advice },
    ]);
    expect(en).toEqual({ notCharged: TABLE.not_charged, ...Object.fromEntries(words) });
  });

  it.each(Object.keys(TABLE.codes))("has German words for %s", (code) => {
    const words = (de as Record<string, unknown>)[code];
    expect(words).toEqual({ summary: expect.stringMatching(/\S/), advice: expect.stringMatching(/\.$/) });
    expect(words).not.toEqual((en as Record<string, unknown>)[code]);
  });
});

test("a failed request is known by its code, with the server's figures", () => {
  expect(failureOf(refusal("FILE_TOO_LARGE", 413, { limit_bytes: 200 }))).toMatchObject({
    code: "FILE_TOO_LARGE",
    limit: 200,
  });
  const long = { error_code: "VIDEO_TOO_LONG", message: "…", details: { duration_seconds: 370 } };
  expect(failureOfJob(long, "0b7c1f0e-5f0e")).toMatchObject({ code: "VIDEO_TOO_LONG", is: 370 });
});

test("no answer, another answer, and a proxy's own are told apart", () => {
  expect(failureOf(new ApiError("OFFLINE", "…", 0)).code).toBe("OFFLINE");
  expect(failureOf(refusal("UNAVAILABLE", 502)).code).toBe("SERVICE_UNAVAILABLE");
  expect(failureOf(refusal("MISMATCH", 200)).code).toBe("MISMATCH");
  expect(failureOf(refusal("SOMETHING_NEW", 418)).code).toBe("MISMATCH");
});

test("a code that is not in the table is the server's fault, with a reference and another try", () => {
  expect(failureOf(refusal("SOMETHING_NEW", 500))).toMatchObject({
    code: "INTERNAL_ERROR",
    reference: "7f3a",
  });
  expect(failureOfJob(null, "0b7c1f0e-5f0e")).toMatchObject({
    code: "INTERNAL_ERROR",
    reference: "0b7c1f0e-5f0e",
  });
  for (const code of [null, "SOMETHING_NEW", "toString"]) {
    const failure = failureOfCode(code);
    expect([isOfServer(failure), canTryAgain(failure)]).toEqual([true, true]);
  }
});

test("another try is offered for what may pass, another file for what the file is at fault for", () => {
  expect(canTryAgain({ code: "OFFLINE" })).toBe(true);
  expect(canTryAgain({ code: "VIDEO_DECODE_ERROR" })).toBe(false);
  expect(isOfFile({ code: "VIDEO_DECODE_ERROR" })).toBe(true);
  expect(isOfFile({ code: "QUOTA_EXCEEDED" })).toBe(false);
});
