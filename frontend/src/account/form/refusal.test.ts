import { describe, expect, it } from "vitest";

import { ApiError } from "@/api/errors";

import { checkEmail, checkPassword, faultsOf, isFaulty, refusal } from "./refusal";

const SIGN_IN = ["email", "password"] as const;
const failed = (
  code: string,
  more: { details?: Record<string, unknown>; id?: string; retryAfter?: number; status?: number } = {},
) =>
  new ApiError(
    code,
    "No.",
    more.status ?? 400,
    more.details ?? null,
    more.id ?? null,
    more.retryAfter ?? null,
  );

describe("refusal", () => {
  it("does not say whether the address or the password is wrong", () => {
    expect(refusal(failed("INVALID_CREDENTIALS"), SIGN_IN)).toEqual({
      fields: {},
      form: { key: "credentials" },
    });
  });

  it("puts a wrong current password to its field", () => {
    const wrong = { key: "currentPassword" };
    expect(refusal(failed("INVALID_CREDENTIALS"), ["current_password", "new_password"]).fields).toEqual({
      current_password: wrong,
    });
    expect(refusal(failed("INVALID_CREDENTIALS"), ["password"]).fields).toEqual({ password: wrong });
  });

  it("puts a guessable new password to its field", () => {
    const weak = { key: "weakPassword" };
    expect(refusal(failed("WEAK_PASSWORD"), SIGN_IN).fields).toEqual({ password: weak });
    expect(refusal(failed("WEAK_PASSWORD"), ["current_password", "new_password"]).fields).toEqual({
      new_password: weak,
    });
  });

  it("puts a taken address to its field", () => {
    expect(refusal(failed("EMAIL_IN_USE"), SIGN_IN).fields).toEqual({ email: { key: "emailInUse" } });
  });

  it("says how long to wait, when the server does", () => {
    expect(refusal(failed("RATE_LIMITED", { retryAfter: 240 }), SIGN_IN).form).toEqual({
      key: "tooOften",
      seconds: 240,
    });
    expect(refusal(failed("RATE_LIMITED"), SIGN_IN).form).toEqual({ key: "tooOftenNow" });
  });

  it("knows a closed registration, another site, no connection", () => {
    expect(refusal(failed("FORBIDDEN"), SIGN_IN).form).toEqual({ key: "closed" });
    expect(refusal(failed("CROSS_SITE_REQUEST"), SIGN_IN).form).toEqual({ key: "crossSite" });
    expect(refusal(failed("OFFLINE"), SIGN_IN).form).toEqual({ key: "offline" });
  });

  it("gives the reference of a failure of ours", () => {
    expect(refusal(failed("INTERNAL_ERROR", { id: "7f3a9c0012", status: 500 }), SIGN_IN).form).toEqual({
      key: "oursWithReference",
      id: "7f3a9c00",
    });
    expect(refusal(new Error("odd"), SIGN_IN).form).toEqual({ key: "ours" });
  });

  it("has the pages' own words for what the table has, and hands on what the server says of the rest", () => {
    const details = { workspaces: [{ id: "n", name: "Newsroom" }] };
    expect(refusal(failed("LAST_ADMIN", { status: 409, details }), []).form).toMatchObject({
      key: "known",
      failure: { code: "LAST_ADMIN" },
      workspaces: ["Newsroom"],
    });
    for (const code of ["CONFLICT", "SOMETHING_NEW"])
      expect(refusal(failed(code, { status: 409 }), []).form).toEqual({ key: "invalid", problem: "No." });
    expect(refusal(failed("MISMATCH", { status: 404 }), []).form).toEqual({ key: "ours" });
  });

  it("puts problems to the fields that the server names", () => {
    const details = {
      problems: [{ field: "body.password", message: "too short" }, { field: "body.other" }, null],
    };
    expect(refusal(failed("VALIDATION_ERROR", { details }), SIGN_IN).fields).toEqual({
      password: { key: "invalid", problem: "too short" },
    });
  });

  it("takes an unnamed problem for the address, where there is one", () => {
    expect(refusal(failed("VALIDATION_ERROR"), SIGN_IN).fields).toEqual({ email: { key: "badEmail" } });
    expect(refusal(failed("VALIDATION_ERROR"), ["password"]).form).toEqual({
      key: "invalid",
      problem: "No.",
    });
  });
});

describe("checks before sending", () => {
  it("wants something around one @", () => {
    expect(checkEmail("  ")).toEqual({ key: "noEmail" });
    for (const bad of ["ada", "ada@", "@example.org", "a b@example.org", "a@b@c"]) {
      expect(checkEmail(bad)).toEqual({ key: "badEmail" });
    }
    expect(checkEmail(" ada@example.org ")).toBeUndefined();
  });

  it("counts characters, not code units", () => {
    expect(checkPassword("")).toEqual({ key: "noPassword" });
    expect(checkPassword("🙂🙂🙂🙂")).toEqual({ key: "shortPassword", count: 8 });
    expect(checkPassword("🙂".repeat(8))).toBeUndefined();
    expect(checkPassword("x".repeat(129))).toEqual({ key: "longPassword", count: 128 });
  });

  it("keeps faults apart from what is fine", () => {
    expect(isFaulty(faultsOf({ email: undefined, password: undefined }))).toBe(false);
    expect(faultsOf({ email: { key: "noEmail" }, password: undefined })).toEqual({
      fields: { email: { key: "noEmail" } },
    });
  });
});
