import { describe, expect, it } from "vitest";

import { earlier, manipulated, weak } from "@/result/answers.fixture";

import { traceEstimates } from "./traces";

const [a, b] = manipulated().tracks;
if (!a || !b) throw new Error("no people");

describe("traceEstimates", () => {
  it("gives the deciding trace the person's own estimate, and the other one no more", () => {
    const [first, second] = traceEstimates(a, manipulated());
    expect(first?.trace).toBe(a.trace);
    expect(first?.estimate).toBeCloseTo(a.final_score ?? NaN, 6);
    expect(second?.estimate).toBeLessThanOrEqual(first?.estimate ?? NaN);
  });

  it("corrects for the number of people as the person's own estimate is", () => {
    expect(manipulated().aggregation_steps.some(({ kind }) => kind === "number_of_people")).toBe(true);
    expect(Math.max(...(a.traces ?? []).map(({ probability }) => probability))).toBeGreaterThan(
      traceEstimates(a, manipulated())[0]?.estimate ?? NaN,
    );
  });

  it("says nothing where the estimate is withheld, and of one trace", () => {
    const [blurred] = weak().tracks;
    const [old] = earlier().tracks;
    if (!blurred || !old) throw new Error("no people");
    expect(traceEstimates(blurred, weak())).toEqual([]);
    expect(traceEstimates(old, earlier())).toEqual([]);
    expect(traceEstimates({ ...a, traces: a.traces?.slice(0, 1) }, manipulated())).toEqual([]);
  });
});
