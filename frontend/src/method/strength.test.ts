import { describe, expect, it } from "vitest";

import { extremes, isFew, strengthOf } from "./strength";

const of = (auc: number | null, auc_interval: [number, number] | null = null, files = 100) =>
  strengthOf({ auc, auc_interval, real: files, fake: files });

describe("strengthOf", () => {
  it("never calls a figure below .6 more than weak", () => {
    expect(of(0.59, [0.55, 0.63])).toBe("weak");
    expect(of(0.59)).toBe("weak");
    expect(of(0.45)).toBe("below");
  });

  it("says when a figure may as well be chance, or is worse", () => {
    expect(of(0.62, [0.35, 0.93])).toBe("chance");
    expect(of(0.95, [0.5, 1])).toBe("chance");
    expect(of(0.37, [0.33, 0.42])).toBe("below");
    expect(of(0.48, [0.4, 0.56])).toBe("chance");
  });

  it("says nothing about a few files without a range", () => {
    expect(of(0.89, null, 18)).toBe("unknown");
    expect(of(0.89, [0.77, 1], 18)).toBe("good");
    expect(of(0.67, null, 180)).toBe("weak");
  });

  it("grades the rest", () => {
    expect(of(0.69, [0.6, 0.8])).toBe("weak");
    expect(of(0.7, [0.6, 0.8])).toBe("moderate");
    expect(of(0.91, [0.77, 1])).toBe("good");
    expect(of(null)).toBe("onlyReal");
  });
});

it("calls a set small by its smaller class, where there are two", () => {
  expect(isFew({ real: 13, fake: 400 })).toBe(true);
  expect(isFew({ real: 400, fake: 400 })).toBe(false);
  expect(isFew({ real: 60, fake: 0 })).toBe(false);
  expect(isFew({ real: 14, fake: 0 })).toBe(true);
});

it("spans the shares that there are", () => {
  expect(extremes([0.2, null, 0.01])).toEqual([0.01, 0.2]);
  expect(extremes([null])).toBeNull();
});
