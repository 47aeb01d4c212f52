import { describe, expect, it } from "vitest";

import { isOff, toPoints, wilson } from "./points";

describe("toPoints", () => {
  it("reads the table in the order of estimates", () => {
    const points = toPoints([
      [0.8, 0.75, 100],
      [0.2, 0.25, 40],
    ]);
    expect(points.map(({ estimate, share, files }) => [estimate, share, files])).toEqual([
      [0.2, 0.25, 40],
      [0.8, 0.75, 100],
    ]);
  });

  it("takes the model's own intervals of the shares", () => {
    const table = [
      [0.8, 0.75, 100],
      [0.2, 0.25, 40],
    ];
    const points = toPoints(table, [
      [0.6, 0.9],
      [0.1, 0.4],
    ]);
    expect(points.map(({ range }) => range)).toEqual([
      [0.1, 0.4],
      [0.6, 0.9],
    ]);
  });

  it("leaves out what is no group of files", () => {
    expect(toPoints([[0.5, 0.5, 0], [0.5], [1.5, 0.5, 10], [0.5, -0.1, 10], [Number.NaN, 0.5, 10]])).toEqual(
      [],
    );
  });
});

describe("wilson", () => {
  it("agrees with a published value", () => {
    // Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 gives .2553 to .3662.
    const [low, high] = wilson(81 / 263, 263);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
  });

  it("stays within the possible and says that a few files say little", () => {
    expect(wilson(0, 10)[0]).toBeCloseTo(0);
    expect(wilson(1, 10)[1]).toBeCloseTo(1);
    expect(wilson(1, 10)[0]).toBeLessThan(0.75);
  });
});

it("detects an estimate outside the range of what was found", () => {
  expect(isOff({ estimate: 0.4, share: 0.3, files: 300, range: [0.25, 0.35] })).toBe(true);
  expect(isOff({ estimate: 0.3, share: 0.3, files: 300, range: [0.25, 0.35] })).toBe(false);
});
