import { expect, it } from "vitest";

import { suggestions } from "./fields";

const offered = (text: string) => suggestions(text, text.length).map((one) => one.text);

it("offers fields for the word at the cursor, and then their values", () => {
  expect(offered("ver")).toEqual(["verdict:"]);
  expect(offered("people>1 -la")).toEqual(["-label:"]);
  expect(offered("(verdict:in")).toEqual(["verdict:inconclusive"]);
  expect(offered("verdict:inconclusive")).toEqual([]);
});

it("replaces that word alone", () => {
  const [first] = suggestions("kind:video ver people>1", "kind:video ver".length);
  expect(first).toEqual({ text: "verdict:", from: 11, to: 14 });
});

it("offers nothing between words and within quotation marks", () => {
  expect(offered("kind:video ")).toEqual([]);
  expect(offered('"my ver')).toEqual([]);
  expect(offered('"my" ver')).toEqual(["verdict:"]);
});
