// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";

import { asOwner, dropOwnerSecret, keepOwnerSecret, ownerSecret } from "./owner-secrets";
import { clear, forget, remember } from "./remembered";

afterEach(() => {
  vi.restoreAllMocks();
  dropOwnerSecret();
  localStorage.clear();
});

test("a secret is kept for its job and goes into the header of its requests", () => {
  keepOwnerSecret("a", "secret");
  expect(asOwner("a").params).toEqual({ path: { job_id: "a" }, header: { "X-Owner-Secret": "secret" } });
  expect(ownerSecret("b")).toBeUndefined();
});

test("what is forgotten can no longer be changed", () => {
  for (const id of ["a", "b", "c"]) {
    remember({ id, filename: "f", mediaType: "image", addedAt: "2026-01-01T00:00:00Z" });
    keepOwnerSecret(id, `of ${id}`);
  }
  forget("a");
  expect([ownerSecret("a"), ownerSecret("b")]).toEqual([undefined, "of b"]);
  clear();
  expect([ownerSecret("b"), ownerSecret("c")]).toEqual([undefined, undefined]);
});

test("the oldest of more than 200 go, and what is stored amiss counts as none", () => {
  for (let index = 0; index <= 200; index++) keepOwnerSecret(`job-${index}`, "s");
  expect([ownerSecret("job-0"), ownerSecret("job-1")]).toEqual([undefined, "s"]);
  localStorage.setItem("deepshield.secrets", "{");
  expect(ownerSecret("job-1")).toBeUndefined();
});

test("a browser that stores nothing keeps them for the page", () => {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  keepOwnerSecret("a", "secret");
  expect(ownerSecret("a")).toBe("secret");
});
