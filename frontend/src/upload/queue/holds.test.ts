import { expect, test } from "vitest";

import { ApiError } from "@/api/errors";
import type { MeAnswer, ServiceLimits } from "@/api/schema";
import { canTryAgain, failureOf } from "@/failures/failure";

import { holdAfter, holdBefore } from "./holds";

const NOW = Date.parse("2026-01-01T20:48:00Z");
const server = (required: boolean, model: object | null = {}) =>
  ({ accounts: { required }, model }) as unknown as ServiceLimits;
const reader = (remaining: number | null) =>
  ({
    limits: { free_daily_uploads: 20 },
    usage: { remaining, resets_at: "2026-01-02T00:00:00Z" },
  }) as unknown as MeAnswer;
const refusal = (
  code: string,
  status: number,
  retryAfter: number | null = null,
  details: Record<string, unknown> | null = null,
) => new ApiError(code, "…", status, details, "7f3a", retryAfter);

test("nothing is sent where it is known to be in vain", () => {
  const known = { limits: server(true), me: reader(3), online: true };
  expect(holdBefore(known, NOW)).toBeNull();
  expect(holdBefore({ ...known, me: null }, NOW)?.why).toBe("signIn");
  expect(holdBefore({ ...known, me: null, limits: server(false) }, NOW)).toBeNull();
  expect(holdBefore({ ...known, online: false }, NOW)?.why).toBe("offline");
  expect(holdBefore({ ...known, limits: server(true, null) }, NOW)?.why).toBe("model");
  expect(holdBefore({ ...known, me: reader(null) }, NOW)).toBeNull();
});

test("what is not known holds nothing back", () => {
  expect(holdBefore({ limits: server(true), me: undefined, online: true }, NOW)).toBeNull();
  expect(holdBefore({ limits: null, me: null, online: true }, NOW)).toBeNull();
});

test("a used quota holds until midnight UTC and no longer", () => {
  const midnight = Date.parse("2026-01-02T00:00:00Z");
  const used = { limits: server(true), me: reader(0), online: true };
  expect(holdBefore(used, NOW)).toEqual({ why: "quota", until: midnight, limit: 20 });
  expect(holdBefore(used, midnight + 1)).toBeNull();
  const answer = refusal("QUOTA_EXCEEDED", 429, 60, { limit: 20, resets_at: "2026-01-02T00:00:00+00:00" });
  expect(holdAfter(answer, NOW, true)).toEqual({ why: "quota", until: midnight, limit: 20 });
  expect(holdAfter(refusal("QUOTA_EXCEEDED", 429, 60), NOW, true)).toMatchObject({ until: NOW + 60_000 });
});

test("Retry-After is honoured", () => {
  expect(holdAfter(refusal("RATE_LIMITED", 429, 7), NOW, true)).toEqual({ why: "rate", until: NOW + 7_000 });
});

test("a lost connection holds, a server that is away is the file's trouble and can be tried again", () => {
  const lost = new ApiError("OFFLINE", "…", 0);
  expect(holdAfter(lost, NOW, false)?.why).toBe("offline");
  expect(holdAfter(lost, NOW, true)).toBeNull();
  expect(canTryAgain(failureOf(lost))).toBe(true);
  expect(canTryAgain(failureOf(refusal("UNAVAILABLE", 502)))).toBe(true);
});
