import { describe, expect, it } from "vitest";

import { manipulated, noFace, weak } from "@/result/answers.fixture";

import { calibrated, correctedForNumber, recompute, same } from "./aggregation";

const steps = () => manipulated().aggregation_steps;

describe("recompute", () => {
  it("comes to the server's score and estimate from the frames' scores and the weights", () => {
    const { final, estimate, steps: computed } = recompute(steps());
    expect(same(final ?? NaN, manipulated().raw_logit ?? NaN)).toBe(true);
    expect(same(estimate ?? NaN, manipulated().final_score ?? NaN)).toBe(true);
    for (const step of computed) expect(same(step.sum, step.output)).toBe(true);
  });

  it("follows from the frames alone: another frame score changes the final one", () => {
    const [band, ...rest] = steps();
    if (band === undefined) throw new Error("no steps");
    const raised = recompute([{ ...band, inputs: band.inputs.map((score) => score + 1) }, ...rest]);
    const highest = steps().find(({ kind }) => kind === "most_suspicious_person");
    const computed = raised.steps.find(({ kind }) => kind === "most_suspicious_person");
    expect(computed?.sum).toBeCloseTo((highest?.output ?? NaN) + 1, 5);
    expect(raised.final).toBeGreaterThan(manipulated().raw_logit ?? NaN);
    expect(raised.estimate).toBeGreaterThan(manipulated().final_score ?? NaN);
  });

  it("takes the stronger of two traces", () => {
    const step = { person: "A", parameters: {}, trace: null };
    const { steps: computed, final } = recompute([
      { ...step, kind: "quantile_band", trace: "blending", inputs: [1, 3], weights: [0.5, 0.5], output: 2 },
      { ...step, kind: "quantile_band", trace: "generation", inputs: [2, 6], weights: [0.5, 0.5], output: 4 },
      { ...step, kind: "strongest_trace", trace: "generation", inputs: [9, 9], weights: [0, 1], output: 4 },
      { ...step, kind: "presence", inputs: [9, -2], weights: [0.5, 0.5], output: 1 },
      { ...step, kind: "quantile_band", person: "B", inputs: [0], weights: [1], output: 0 },
      { ...step, kind: "presence", person: "B", inputs: [9, -2], weights: [1, 0], output: 0 },
      { ...step, kind: "most_suspicious_person", person: null, inputs: [9, 9], weights: [1, 0], output: 1 },
    ]);
    expect(computed.map(({ sum }) => sum)).toEqual([2, 4, 4, 1, 0, 0, 1]);
    expect(final).toBe(1);
  });

  it("shows where the server's arithmetic does not hold", () => {
    const [band, ...rest] = steps();
    if (band === undefined) throw new Error("no steps");
    const [first] = recompute([{ ...band, output: band.output + 0.5 }, ...rest]).steps;
    expect(first && same(first.sum, first.output)).toBe(false);
  });

  it("agrees with nothing where a weight or a constant is missing", () => {
    const short = steps().map((step) => ({ ...step, weights: step.weights.slice(1) }));
    expect(recompute(short).final).toBeNaN();
    const bare = steps().map((step) => ({ ...step, parameters: {} }));
    expect(recompute(bare).estimate).toBeNaN();
  });

  it("has no estimate where the evidence is too weak for one, and nothing without a face", () => {
    expect(recompute(weak().aggregation_steps)).toMatchObject({ estimate: null });
    expect(recompute(weak().aggregation_steps).final).not.toBeNull();
    expect(recompute(noFace().aggregation_steps)).toEqual({ steps: [], final: null, estimate: null });
  });
});

describe("correctedForNumber", () => {
  const rule = (people: number) => ({ people, median: -2, spread: 1 });

  it("gives the score that is as rare for one person, and leaves a lone person's as it is", () => {
    const share = (1 / (1 + Math.exp(-3))) ** 5;
    expect(correctedForNumber(1, rule(5))).toBeCloseTo(-2 + Math.log(share / (1 - share)));
    for (const score of [-30, -2, 1, 30]) expect(correctedForNumber(score, rule(1))).toBeCloseTo(score);
    expect(correctedForNumber(30, rule(60))).toBeCloseTo(30 - Math.log(60));
  });
});

describe("calibrated", () => {
  it("counts scores below the floor as the floor", () => {
    const calibration = { slope: 0.5, intercept: 0.2, floor: -1 };
    expect(calibrated(-5, calibration)).toBe(calibrated(-1, calibration));
    expect(calibrated(2, calibration)).toBeCloseTo(1 / (1 + Math.exp(-1.2)));
  });
});
