// @vitest-environment jsdom
import { beforeEach, expect, it } from "vitest";

import { forgetStored } from "./session-end";

beforeEach(() => localStorage.clear());

it("forgets what is stored about analyses, keeps how the app looks and what is not ours", () => {
  localStorage.setItem("deepshield.jobs", "[]");
  localStorage.setItem("deepshield.viewer.keys", "off");
  localStorage.setItem("deepshield.theme", "dark");
  localStorage.setItem("deepshield.language", "de");
  localStorage.setItem("someone.else", "1");
  forgetStored(localStorage);
  expect(Object.keys(localStorage).sort()).toEqual([
    "deepshield.language",
    "deepshield.theme",
    "someone.else",
  ]);
});
