import { describe, expect, it } from "vitest";

import type { AnalysisResult, Person, ReasonCode } from "@/api/schema";
import { earlier, manipulated, unclear } from "@/result/answers.fixture";
import { calibrated, recompute, same } from "@/result/trust/aggregation";

import { canBeComputedAgain, withoutPersons } from "./without-persons";

const [sure, clean] = manipulated().tracks as [Person, Person];

/** Somebody with faces of this size; the codes say what is weak about them. */
function seen(track: Person, person: string, size: number, ...codes: ReasonCode[]): Person {
  const faces = track.faces.map((face) => ({ ...face, size_px: size }));
  const reasons = [...track.reasons, ...codes.map((code) => ({ code, message: code }))];
  return { ...track, person, faces, reasons };
}

/** A result in which C, whom the reader leaves out, decides. */
function withFalseFace(others: Person[], size: number): AnalysisResult {
  return manipulated({ tracks: [seen(sure, "C", size), ...others], deciding_person: "C" });
}

describe("withoutPersons beside people who are seen too little", () => {
  it("does not let them decide, and goes on to say why", () => {
    const result = withFalseFace([seen(sure, "A", 10, "seen_too_little"), seen(clean, "B", 150)], 150);
    const left = withoutPersons(result, ["C"]);
    expect(left).toMatchObject({ verdict: "no_signs", deciding_person: "B", predicted_manipulation: false });
    const [a] = left.tracks;
    expect(a?.verdict).toBe("manipulated");
    expect(a?.reasons.map(({ code }) => code)).toEqual(["above_threshold", "seen_too_little"]);
    expect(a?.reasons.every(({ message }) => message !== "")).toBe(true);
  });

  it("lets them decide where they are large enough beside those who are left, unless a policy asks for more", () => {
    const others = [seen(sure, "A", 60, "seen_too_little"), seen(clean, "B", 150)];
    const result = withFalseFace(others, 900);
    const left = withoutPersons(result, ["C"]);
    expect(left).toMatchObject({ verdict: "manipulated", deciding_person: "A" });
    expect(left.aggregation_steps.find(({ kind }) => kind === "number_of_people")?.parameters.people).toBe(2);
    const policy = { number: 3, name: "Desk", minimums: null } as unknown as AnalysisResult["policy"];
    expect(withoutPersons({ ...result, policy }, ["C"]).deciding_person).toBe("B");
  });

  it("does not let a face decide that was never sure and is in few frames of a video, as long as others may", () => {
    const detected = (person: Person, frames: number, detection_confidence: number) => ({
      ...person,
      faces: person.faces.slice(0, frames).map((face) => ({ ...face, detection_confidence })),
    });
    const doubtful = detected(seen(sure, "A", 60, "seen_too_little"), 3, 0.98);
    const found = withFalseFace([doubtful, detected(seen(clean, "B", 150), 3, 0.9999)], 300);
    const result = { ...found, frames_sampled: 32 };
    expect(withoutPersons(result, ["C"]).deciding_person).toBe("B");
    expect(withoutPersons(result, ["C", "B"])).toMatchObject({
      deciding_person: "A",
      verdict: "manipulated",
    });
    expect(withoutPersons({ ...result, frames_sampled: 10 }, ["C"]).deciding_person).toBe("A");
    const image = { ...result.media, type: "image" as const };
    expect(withoutPersons({ ...result, media: image }, ["C"]).deciding_person).toBe("A");
  });

  it("lets all of them decide where nobody else is left, which gives no verdict", () => {
    const brief = {
      ...seen(clean, "A", 60, "too_few_frames", "seen_too_little"),
      verdict: "inconclusive" as const,
      confidence_label: "weak" as const,
      final_score: null,
    };
    brief.reasons = brief.reasons.slice(1);
    const left = withoutPersons(withFalseFace([brief], 150), ["C"]);
    expect(left).toMatchObject({ verdict: "inconclusive", confidence_label: "weak", final_score: null });
    expect(left.reasons.map(({ code }) => code)).toEqual(["too_few_frames"]);
    expect(left.tracks.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual([["too_few_frames"]]);
  });

  it("keeps no sentence that the server has said of everybody", () => {
    const left = withoutPersons(manipulated(), ["A", "B"]);
    expect(left.verdict).toBe("no_face");
    expect(`${left.score_interpretation}${left.advice}`).toBe("");
  });
});

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

  it("says nothing of faces where too much is damaged", () => {
    const tracks = [{ ...seen(sure, "A", 60, "damaged_media"), final_score: null }];
    const left = withoutPersons(manipulated({ tracks }), ["A"]);
    expect(left).toMatchObject({ verdict: "inconclusive", confidence_label: "weak", final_score: null });
    expect(left.reasons.map(({ code }) => code)).toEqual(["damaged_media", "no_face"]);
    expect(left.low_confidence_reason).toBe("damaged_media");
  });

  it("cannot be had of results that do not say how they were calibrated", () => {
    expect(canBeComputedAgain(earlier())).toBe(false);
    expect(canBeComputedAgain(manipulated())).toBe(true);
    expect(withoutPersons(earlier(), ["A"])).toEqual(earlier());
  });
});
