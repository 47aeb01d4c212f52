import { expect, it } from "vitest";

import { CAREFUL, isVeiled, readViewing } from "./viewing";

it("is careful where nothing, or nothing readable, is stored", () => {
  for (const stored of [null, "", "no JSON", "3", '{"blur":"never"}'])
    expect(readViewing(stored)).toEqual(CAREFUL);
  expect(readViewing('{"blur":"none","muted":false}')).toEqual({ blur: "none", grey: true, muted: false });
});

it("veils sensitive files by default, all where that is wanted, and none", () => {
  expect([isVeiled(CAREFUL, true), isVeiled(CAREFUL, false)]).toEqual([true, false]);
  expect(isVeiled({ ...CAREFUL, blur: "all" }, false)).toBe(true);
  expect(isVeiled({ ...CAREFUL, blur: "none" }, true)).toBe(false);
});
