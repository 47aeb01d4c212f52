// @vitest-environment jsdom
import { beforeEach, expect, it } from "vitest";

import { EMPTY } from "./draft";
import { keepDraft, readDraft } from "./kept";

const DAY_MS = 86_400_000;
const NOW = 40 * DAY_MS;
const NOTED = { ...EMPTY, note: "The lips are late." };

beforeEach(() => localStorage.clear());

it("is there again after the page is left, each task's own", () => {
  keepDraft(localStorage, "one", NOTED, NOW);
  expect(readDraft(localStorage, "one")).toEqual(NOTED);
  expect(readDraft(localStorage, "other")).toEqual(EMPTY);
});

it("is nothing of an empty form, nor of what cannot be read", () => {
  keepDraft(localStorage, "one", NOTED, NOW);
  keepDraft(localStorage, "one", EMPTY, NOW);
  expect(localStorage.length).toBe(0);
  localStorage.setItem("deepshield.review.draft.one", "no JSON");
  expect(readDraft(localStorage, "one")).toEqual(EMPTY);
});

it("ends after 30 days, and is stored under the app's name, so that signing out removes it", () => {
  keepDraft(localStorage, "old", NOTED, NOW - 31 * DAY_MS);
  keepDraft(localStorage, "young", NOTED, NOW - 29 * DAY_MS);
  keepDraft(localStorage, "one", NOTED, NOW);
  expect(readDraft(localStorage, "old")).toEqual(EMPTY);
  expect(readDraft(localStorage, "young")).toEqual(NOTED);
  expect(Object.keys(localStorage).every((key) => key.startsWith("deepshield.review."))).toBe(true);
});
