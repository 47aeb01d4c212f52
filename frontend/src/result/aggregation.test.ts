import { describe, expect, it } from "vitest";

import { manipulated } from "./answers.fixture";
import { calibrated, readCalibration, recompute, same } from "./aggregation";

const steps = () => manipulated().aggregation_steps ?? [];

describe("recompute", () => {
  it("comes to the server's score from the frames' scores and the weights", () => {
    const { final, steps: computed } = recompute(steps());
    expect(final).not.toBeNull();
    expect(same(final ?? NaN, manipulated().raw_logit ?? NaN)).toBe(true);
    for (const step of computed) expect(same(step.sum, step.output)).toBe(true);
  });

  it("follows from the frames alone: another frame score changes the final one", () => {
    const [band, ...rest] = steps();
    const { final } = recompute([{ ...band, inputs: [1, 2, 3, 2, 4] }, ...rest]);
    expect(final).toBeCloseTo(1.4444444 + 0.25 * 2 * 0.8148148, 5);
  });

  it("shows where the server's arithmetic does not hold", () => {
    const [band, ...rest] = steps();
    const [first] = recompute([{ ...band, output: 2.5 }, ...rest]).steps;
    expect(first && same(first.sum, first.output)).toBe(false);
  });

  it("names the person apart from the step", () => {
    expect(recompute(steps()).steps.map(({ person, name }) => [person, name])).toEqual([
      ["B", "quantile band"],
      ["B", "presence"],
      ["A", "quantile band"],
      ["A", "presence"],
      [null, "most suspicious person"],
    ]);
  });

  it("claims no final score when a step cannot be read", () => {
    expect(recompute([...steps().slice(0, 4), { name: "new", inputs: "many" }]).final).toBeNull();
    expect(recompute([]).final).toBeNull();
  });
});

describe("calibration", () => {
  it("is read only when complete", () => {
    expect(readCalibration({ slope: 1, intercept: 0, floor: -1 })).toEqual({
      slope: 1,
      intercept: 0,
      floor: -1,
    });
    expect(readCalibration({ slope: 1, intercept: 0 })).toBeNull();
    expect(readCalibration(undefined)).toBeNull();
  });

  it("counts scores below the floor as the floor", () => {
    const calibration = { slope: 0.5, intercept: 0.2, floor: -1 };
    expect(calibrated(-5, calibration)).toBe(calibrated(-1, calibration));
    expect(calibrated(2, calibration)).toBeCloseTo(1 / (1 + Math.exp(-1.2)));
  });
});
