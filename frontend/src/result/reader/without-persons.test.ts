import { describe, expect, it } from "vitest";

import { earlier, manipulated, unclear } from "@/result/answers.fixture";
import { calibrated, recompute, same } from "@/result/trust/aggregation";

import { canBeComputedAgain, withoutPersons } from "./without-persons";

describe("withoutPersons", () => {
  it("changes nothing while nobody is left out", () => {
    expect(withoutPersons(manipulated(), [])).toEqual(manipulated());
  });

  it("lets the most suspicious of the others decide, no longer corrected for a second person", () => {
    const result = manipulated();
    const [decider, other] = result.tracks;
    const calibration = result.model.calibration ?? { slope: NaN, intercept: NaN, floor: NaN };
    const left = withoutPersons(result, [decider?.person ?? ""]);
    expect(left.deciding_person).toBe(other?.person);
    expect(left.final_score).toBeCloseTo(calibrated(other?.logit ?? NaN, calibration));
    expect(left).toMatchObject({ verdict: "no_signs", confidence_label: "not_flagged" });
    expect(left.tracks.map(({ person }) => person)).toEqual([other?.person]);
    expect(left.timeline.every(({ scores }) => !((decider?.person ?? "") in scores))).toBe(true);
    expect(left.top_k_suspicious.every(({ person }) => person === other?.person)).toBe(true);
  });

  it("corrects the decider for fewer people, which raises the estimate and keeps the range around it", () => {
    const result = manipulated();
    const left = withoutPersons(result, [result.tracks[1]?.person ?? ""]);
    expect(left.deciding_person).toBe(result.deciding_person);
    expect(left.final_score ?? 0).toBeGreaterThanOrEqual(result.final_score ?? 1);
    const [low = NaN, high = NaN] = left.interval ?? [];
    expect(low).toBeLessThan(left.final_score ?? NaN);
    expect(high).toBeGreaterThan(left.final_score ?? NaN);
  });

  it("writes steps that give the same when they are computed again", () => {
    for (const { person } of manipulated().tracks) {
      const left = withoutPersons(manipulated(), [person]);
      const { final, estimate } = recompute(left.aggregation_steps);
      expect(same(final ?? NaN, left.raw_logit ?? NaN)).toBe(true);
      expect(same(estimate ?? NaN, left.final_score ?? NaN)).toBe(true);
    }
  });

  it("finds no face where nobody is left", () => {
    const left = withoutPersons(
      unclear(),
      unclear().tracks.map(({ person }) => person),
    );
    expect(left).toMatchObject({ verdict: "no_face", final_score: null, interval: null, tracks: [] });
  });

  it("cannot be had of results that do not say how they were calibrated", () => {
    expect(canBeComputedAgain(earlier())).toBe(false);
    expect(canBeComputedAgain(manipulated())).toBe(true);
    expect(withoutPersons(earlier(), ["A"])).toEqual(earlier());
  });
});
