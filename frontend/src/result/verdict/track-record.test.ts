import { describe, expect, it } from "vitest";

import type { AnalysisResult } from "@/api/schema";
import { manipulated, unclear, weak } from "@/result/answers.fixture";

import { missedShare, trackRecord } from "./track-record";

describe("trackRecord", () => {
  it("takes the row whose mean estimate is nearest", () => {
    const model: AnalysisResult["model"] = {
      ...manipulated().model,
      base_rate: 0.5,
      reliability_intervals: [],
      reliability: [
        [0.36, 0.41, 282],
        [0.82, 0.84, 301],
        [0.95, 0.97, 120],
      ],
    };
    expect(trackRecord(manipulated({ model, final_score: 0.84 }))).toEqual({
      average: 82,
      hits: 84,
      range: [79, 88],
      share: 50,
      half: true,
      beyond: false,
    });
    expect(trackRecord(manipulated({ model, final_score: 0.1 }))?.hits).toBe(41);
  });

  it("gives the model's own interval of the row, and of rows that it pools itself that of the number of files", () => {
    const model: AnalysisResult["model"] = {
      ...manipulated().model,
      reliability: [
        [0.36, 0.41, 282],
        [0.82, 0.84, 301],
      ],
      reliability_intervals: [
        [0.3, 0.52],
        [0.7, 0.95],
      ],
    };
    expect(trackRecord(manipulated({ model, final_score: 0.84 }))?.range).toEqual([70, 95]);
    expect(trackRecord(manipulated({ model, final_score: 0.95 }))).toMatchObject({
      average: 82,
      beyond: false,
    });
    expect(trackRecord(manipulated({ model, final_score: 0.96 }))).toMatchObject({
      average: 82,
      beyond: true,
    });
    const falling: AnalysisResult["model"] = {
      ...model,
      reliability: [
        [0.36, 0.84, 301],
        [0.82, 0.41, 282],
      ],
    };
    expect(trackRecord(manipulated({ model: falling, final_score: 0.84 }))?.range).toEqual([59, 67]);
  });

  it("pools rows whose shares do not rise, so that a higher estimate never goes with a lower share", () => {
    const { model } = manipulated();
    const reliability: [number, number, number][] = [
      [0.34, 0.6, 300],
      [0.38, 0.2, 100],
      [0.6, 0.55, 200],
      [0.85, 0.9, 100],
    ];
    const of = (final_score: number) =>
      trackRecord(manipulated({ model: { ...model, reliability }, final_score }));
    expect([0.34, 0.38, 0.6, 0.85].map((estimate) => of(estimate)?.hits)).toEqual([50, 50, 55, 90]);
  });

  it("counts the manipulated ones among files under the part without a verdict", () => {
    const { model } = manipulated();
    const reliability: [number, number, number][] = [
      [0.34, 0.5, 100],
      [0.4, 0.1, 300],
      [0.7, 0.9, 100],
    ];
    const result = manipulated({ abstain_band: [0.5, 0.6], model: { ...model, reliability } });
    expect(missedShare(result)).toBe(20);
    expect(missedShare(manipulated({ abstain_band: [0.1, 0.6] }))).toBeNull();
  });

  it("tells another base rate in numbers", () => {
    const { model } = manipulated();
    expect(trackRecord(manipulated({ model: { ...model, base_rate: 0.3 } }))).toMatchObject({
      share: 30,
      half: false,
    });
  });

  it("says nothing without a verdict, without rows, or with rows of no files", () => {
    const { model } = manipulated();
    expect(trackRecord(unclear())).toBeNull();
    expect(trackRecord(weak())).toBeNull();
    expect(trackRecord(manipulated({ model: { ...model, reliability: [] } }))).toBeNull();
    expect(trackRecord(manipulated({ model: { ...model, reliability: [[0.8, 0.9, 0]] } }))).toBeNull();
  });
});
