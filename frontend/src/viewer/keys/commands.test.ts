// @vitest-environment jsdom
import { expect, test } from "vitest";

import { commandOf, usesKeyItself } from "./commands";

const press = (key: string, more = {}) =>
  commandOf({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more });

test("keys are those of the list", () => {
  expect(press(" ")).toEqual({ do: "play" });
  expect(press("ArrowLeft")).toEqual({ do: "step", direction: -1 });
  expect(press("ArrowRight", { shiftKey: true })).toEqual({ do: "jump", direction: 1 });
  expect(press("]")).toEqual({ do: "moment", direction: 1 });
  expect(press("3")).toEqual({ do: "person", place: 2 });
  expect(["o", "O", "h", "t", "?"].map((key) => press(key, { shiftKey: key === "?" })?.do)).toEqual([
    "boxes",
    "boxes",
    "map",
    "table",
    "help",
  ]);
});

test("what belongs to the browser stays with it, brackets written by AltGr do not", () => {
  expect(press("t", { ctrlKey: true })).toBeNull();
  expect(press("ArrowLeft", { altKey: true })).toBeNull();
  expect(press("[", { ctrlKey: true, altKey: true, altGraph: true })).toEqual({
    do: "moment",
    direction: -1,
  });
  expect(press("x")).toBeNull();
});

test("a slider keeps its arrows and a button its space bar", () => {
  const range = document.createElement("input");
  const button = document.createElement("button");
  expect(usesKeyItself(range, { do: "step", direction: 1 })).toBe(true);
  expect(usesKeyItself(button, { do: "play" })).toBe(true);
  expect(usesKeyItself(button, { do: "boxes" })).toBe(false);
});
