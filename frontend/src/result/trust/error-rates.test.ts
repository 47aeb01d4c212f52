import { describe, expect, it } from "vitest";

import type { ModelCard } from "@/api/schema";
import { manipulated } from "@/result/answers.fixture";

import { cardOf, errorRates } from "./error-rates";

const set = (dataset: string, unit: string, real: number, fake: number) => ({
  dataset,
  unit,
  real,
  fake,
  auc: 0.7,
  auc_interval: null,
  flagged_real: 0,
  flagged_fake: fake === 0 ? null : 0.25,
  abstained: 0.5,
});

const { model: scorer } = manipulated();
const card: ModelCard = {
  bundle: scorer.bundle ?? "",
  version: scorer.version ?? "",
  architecture: scorer.architecture ?? "",
  sha256: scorer.sha256 ?? "",
  abstain_band: [0.5, 0.69],
  own_threshold: 0.69,
  own_abstain_band: [0.5, 0.69],
  base_rate: 0.5,
  decision_threshold: 0.69,
  reliability: [],
  reliability_intervals: [],
  datasets: [set("stills", "image", 400, 400), set("clips", "video", 13, 44), set("footage", "video", 14, 0)],
};

describe("cardOf", () => {
  it("is the served model's only when that model scored the file", () => {
    expect(cardOf(manipulated(), card)).toBe(card);
    expect(cardOf(manipulated(), { ...card, sha256: "ef".repeat(32) })).toBeNull();
    expect(cardOf(manipulated(), null)).toBeNull();
  });

  it("goes by bundle and version where the result has no hash", () => {
    const { model } = manipulated();
    const unhashed = manipulated({ model: { ...model, sha256: null } });
    expect(cardOf(unhashed, card)).toBe(card);
    expect(cardOf(unhashed, { ...card, version: "0.0.1" })).toBeNull();
  });
});

describe("errorRates", () => {
  it("puts the sets of this kind of file first, and counts files", () => {
    const rates = errorRates(card, "video");
    expect(rates.map(({ dataset }) => dataset)).toEqual(["clips", "footage", "stills"]);
    expect(rates[0]).toMatchObject({
      falseAlarms: { part: 0, whole: 13 },
      found: { part: 11, whole: 44 },
      noVerdict: { part: 29, whole: 57 },
    });
  });

  it("has no count where there were no such files", () => {
    expect(errorRates(card, "video")[1]?.found).toBeNull();
  });
});
