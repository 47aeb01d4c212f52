import { expect, test } from "vitest";

import { readMoment, writeMoment } from "./moment-link";

test("a moment is read from an address, with or without a token before it", () => {
  expect(readMoment("#t=9.7&p=A")).toEqual({ timeMs: 9700, letter: "A" });
  expect(readMoment("#tOkEn-_1&t=0&p=AB")).toEqual({ timeMs: 0, letter: "AB" });
  expect(readMoment("")).toEqual({ timeMs: null, letter: null });
});

test("what is no moment is none", () => {
  expect(readMoment("#t=-3&p=<b>")).toEqual({ timeMs: null, letter: null });
  expect(readMoment("#t=soon")).toEqual({ timeMs: null, letter: null });
});

test("a written moment is read again, and a token stays", () => {
  expect(writeMoment("", 9_700, "A")).toBe("#t=9.7&p=A");
  expect(writeMoment("#t=1&p=B", 12_340, null)).toBe("#t=12.3");
  expect(writeMoment("#token&t=1", 500, "B")).toBe("#token&t=0.5&p=B");
});
