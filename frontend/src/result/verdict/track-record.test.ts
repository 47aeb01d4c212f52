import { describe, expect, it } from "vitest";

import type { AnalysisResult } from "@/api/schema";
import { manipulated, unclear, weak } from "@/result/answers.fixture";

import { trackRecord } from "./track-record";

describe("trackRecord", () => {
  it("takes the row whose mean estimate is nearest", () => {
    const model: AnalysisResult["model"] = {
      ...manipulated().model,
      base_rate: 0.5,
      reliability: [
        [0.36, 0.41, 282],
        [0.82, 0.84, 301],
        [0.95, 0.97, 120],
      ],
    };
    expect(trackRecord(manipulated({ model, final_score: 0.84 }))).toEqual({
      hits: 84,
      share: 50,
      half: true,
    });
    expect(trackRecord(manipulated({ model, final_score: 0.1 }))?.hits).toBe(41);
    expect(trackRecord(manipulated({ model, final_score: 0.99 }))?.hits).toBe(97);
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
