// @vitest-environment jsdom
import { expect, it } from "vitest";

import { commandOf, usesKeyItself, type Command } from "./keys";

const press = (key: string, held: Partial<Parameters<typeof commandOf>[0]> = {}) =>
  commandOf({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...held });

it("answers, moves, marks and hands in by single keys", () => {
  expect(["1", "2", "3", "4", "5"].map((key) => press(key))).toEqual([
    { do: "answer", value: "authentic" },
    { do: "answer", value: "manipulated" },
    { do: "answer", value: "generated" },
    { do: "answer", value: "unknown" },
    null,
  ]);
  expect(press(",")).toEqual({ do: "frame", direction: -1 });
  expect(press("ArrowRight")).toEqual({ do: "seek", direction: 1 });
  expect(press("ArrowRight", { shiftKey: true })).toEqual({ do: "jump", direction: 1 });
  expect(press("[")).toEqual({ do: "span", edge: "start" });
  expect([press(" "), press("B"), press("r"), press("Enter"), press("s"), press("h")]).toEqual([
    { do: "play" },
    { do: "show" },
    { do: "region" },
    { do: "submit" },
    { do: "skip" },
    { do: "hand" },
  ]);
});

it("leaves the browser's own keys alone, but takes brackets that are written with AltGr", () => {
  expect([
    press("r", { ctrlKey: true }),
    press("s", { metaKey: true }),
    press("1", { altKey: true }),
  ]).toEqual([null, null, null]);
  expect(press("]", { ctrlKey: true, altKey: true, altGraph: true })).toEqual({ do: "span", edge: "end" });
});

it.each<[string, Command, boolean]>([
  ["<textarea></textarea>", { do: "skip" }, true],
  ["<select></select>", { do: "answer", value: "unknown" }, true],
  ["<input type=text>", { do: "submit" }, true],
  ["<div role=application></div>", { do: "seek", direction: 1 }, true],
  ["<button></button>", { do: "submit" }, true],
  ["<button></button>", { do: "play" }, true],
  ["<button></button>", { do: "answer", value: "unknown" }, false],
  ["<input type=checkbox>", { do: "play" }, true],
  ["<input type=checkbox>", { do: "submit" }, false],
  ["<input type=radio>", { do: "seek", direction: 1 }, true],
  ["<input type=radio>", { do: "submit" }, false],
  ["<input type=range>", { do: "answer", value: "unknown" }, false],
])("in %s %o is its own: %s", (html, command, own) => {
  document.body.innerHTML = html;
  expect(usesKeyItself(document.body.firstElementChild ?? document.body, command)).toBe(own);
});
