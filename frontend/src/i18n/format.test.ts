import { describe, expect, it } from "vitest";

import { countedShare, percentRange } from "@/i18n/format";

describe("an interval of probabilities", () => {
  it.each([
    [[0.713, 0.918], "71-92 %"],
    [[0.002, 0.04], "<1-4 %"],
    [[0.93, 1], "93 - >99 %"],
    [[0.995, 1], ">99 %"],
  ])("%j is %s", (interval, written) => {
    expect(percentRange(interval).replaceAll("\u00a0", " ")).toBe(written);
  });
});

describe("a share that was counted", () => {
  it.each([
    [0, "0 %"],
    [0.004, "<1 %"],
    [0.5, "50 %"],
    [0.996, ">99 %"],
    [1, "100 %"],
  ])("%d is %s", (share, written) => {
    expect(countedShare(share).replaceAll("\u00a0", " ")).toBe(written);
  });
});
