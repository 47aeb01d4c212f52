import { describe, expect, it } from "vitest";

import { manipulated, unclear, weak } from "@/result/answers.fixture";

import { scaleMarks } from "./scale";

describe("scaleMarks", () => {
  it("places point, interval, threshold and band in percent of the scale", () => {
    const marks = scaleMarks(
      manipulated({
        abstain_band: [0.5, 0.69],
        decision_threshold: 0.69,
        final_score: 0.84,
        interval: [0.71, 0.92],
      }),
    );
    expect(marks.point).toBeCloseTo(84);
    expect(marks.threshold).toBeCloseTo(69);
    expect(marks.band?.from).toBeCloseTo(50);
    expect(marks.band?.width).toBeCloseTo(19);
    expect(marks.interval?.from).toBeCloseTo(71);
    expect(marks.interval?.width).toBeCloseTo(21);
  });

  it("has no point without a verdict, but the range of what was too mixed", () => {
    const marks = scaleMarks(unclear({ interval: [0.3, 0.66] }));
    expect(marks.point).toBeNull();
    expect(marks.interval?.from).toBeCloseTo(30);
  });

  it("has neither point nor interval without an estimate: null is not 0", () => {
    expect(scaleMarks(weak())).toMatchObject({ point: null, interval: null });
  });

  it("has no band where the model always decides", () => {
    expect(scaleMarks(manipulated({ abstain_band: [0.69, 0.69] })).band).toBeNull();
  });

  it("keeps an interval of no width, and nothing leaves the scale", () => {
    expect(scaleMarks(manipulated({ interval: [0.39, 0.39] })).interval).toEqual({ from: 39, width: 0 });
    expect(scaleMarks(manipulated({ final_score: 1.2 })).point).toBe(100);
  });
});
