import { expect, it } from "vitest";

import { aligned } from "./facts";

it("sets the same fact of both files side by side and says where they differ", () => {
  const one = [
    { name: "Size", value: "4 MB" },
    { name: "Kind", value: "MP4" },
    { name: "Duration", value: null },
  ];
  const other = [
    { name: "Duration", value: null },
    { name: "Kind", value: "MP4" },
    { name: "Size", value: "2 MB" },
  ];
  expect(aligned(one, other)).toEqual([
    { name: "Size", values: ["4 MB", "2 MB"], differs: true },
    { name: "Kind", values: ["MP4", "MP4"], differs: false },
  ]);
});

it("calls what is known of one file alone a difference", () => {
  const [pair] = aligned([{ name: "Duration", value: "0:12.0" }], [{ name: "Duration", value: null }]);
  expect(pair).toMatchObject({ values: ["0:12.0", null], differs: true });
});

it("sets any number side by side", () => {
  const verdicts = ["Signs", "Signs", "Inconclusive"].map((value) => [{ name: "Verdict", value }]);
  const [first = [], ...rest] = verdicts;
  expect(aligned(first, ...rest)).toEqual([
    { name: "Verdict", values: ["Signs", "Signs", "Inconclusive"], differs: true },
  ]);
  expect(aligned(first)).toEqual([{ name: "Verdict", values: ["Signs"], differs: false }]);
});
