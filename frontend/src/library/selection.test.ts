import { expect, it } from "vitest";

import { choose, choosePage, countOf, isChosen, NOTHING } from "./selection";

const ROWS = ["a", "b", "c", "d", "e"];
const ids = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].sort().join("");

it("chooses rows one by one, and with Shift all between, whichever way it goes", () => {
  const one = choose(NOTHING, ROWS, "d");
  expect(ids(choose(one, ROWS, "b", { range: true }))).toBe("bcd");
  expect(ids(choose(choose(one, ROWS, "a"), ROWS, "a"))).toBe("d");
  const most = choose(one, ROWS, "a", { range: true });
  // A range that begins on a chosen row takes out.
  expect(ids(choose(choose(most, ROWS, "a"), ROWS, "c", { range: true }))).toBe("d");
});

it("keeps what was chosen on other pages", () => {
  const before = choose(NOTHING, ["x"], "x");
  const page = choosePage(before, ROWS);
  expect(ids(page)).toBe("abcdex");
  expect(ids(choosePage(page, ROWS))).toBe("x");
});

it("of all of the query, taking out one row leaves the rest of its page", () => {
  const all = { ...NOTHING, all: true };
  expect(countOf(all, 12_480)).toBe(12_480);
  expect(isChosen(all, "elsewhere")).toBe(true);
  const rest = choose(all, ROWS, "b");
  expect([rest.all, ids(rest), countOf(rest, 12_480)]).toEqual([false, "acde", 4]);
});
