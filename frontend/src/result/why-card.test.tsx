import { render } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { describe, expect, it } from "vitest";

import type { AnalysisResult, Person } from "@/api/schema";
import { loadMessages, type Locale } from "@/i18n/messages";
import { manipulated } from "@/result/answers.fixture";
import { VerdictCard } from "@/result/verdict/verdict-card";

import { WhyCard } from "./why-card";

/** What the page says of a result, with plain spaces, and the scale's name. */
async function said(result: AnalysisResult, locale: Locale = "en") {
  const { container } = render(
    <IntlProvider locale={locale} messages={await loadMessages(locale)} timeZone="UTC">
      <VerdictCard result={result} focus={false} />
      <WhyCard result={result} video />
    </IntlProvider>,
  );
  const spaced = (text?: string | null) => text?.replaceAll("\u00a0", " ") ?? "";
  const scale = container.querySelector("svg[role=img]")?.getAttribute("aria-label");
  return { text: spaced(container.textContent), scale: spaced(scale) };
}

/** B decides and is not flagged; A, who scores higher, is seen too little beside B. */
function leftOut(): AnalysisResult {
  const [top, clean] = manipulated().tracks as [Person, Person];
  const reasons = [...top.reasons, { code: "seen_too_little" as const, message: "" }];
  return manipulated({
    tracks: [{ ...top, reasons }, clean],
    deciding_person: "B",
    verdict: "no_signs",
    confidence_label: "not_flagged",
    final_score: clean.final_score,
    reasons: clean.reasons,
  });
}

describe("what the page says of a verdict", () => {
  it("is of those alone who may decide, where somebody else scores higher", async () => {
    const { text } = await said(leftOut());
    expect(text).toContain("Follows Person B, the only one seen long and large enough to decide.");
    expect(text).toMatch(/No person who is seen long and large enough to decide scores above \d+ %\./);
    expect(text).toMatch(/Person B’s highest single score, \d+ %, is at 0:0\d\.\d\./);
    const german = await said(leftOut(), "de");
    expect(german.text).toContain("Person B, die einzige, die lange und groß genug zu sehen ist, um zu");
    expect(german.text).toContain("Keine Person, die lange und groß genug zu sehen ist, um zu entscheiden,");
  });

  it("names the estimate from which a file has signs, with decimals where an estimate looks like a bound", async () => {
    const rule = { decision_threshold: 0.8, abstain_band: [0.7, 0.865] as [number, number] };
    const flagged = manipulated({ ...rule, final_score: 0.868, interval: null });
    const { text } = await said(flagged);
    expect(text).toContain("(estimated 86.8 %)");
    expect(text).toContain("scores 86.8 %. From 86.5 % on, a file is said to have signs.");
    expect((await said(flagged, "de")).text).toContain("Ab 86,5 % wird eine Datei gemeldet.");
  });

  it("says nothing of a band that is empty", async () => {
    const { scale } = await said(manipulated({ decision_threshold: 0.865, abstain_band: [0.865, 0.865] }));
    expect(scale).toMatch(/The threshold is 87 %\.$/);
  });

  it("names the highest frame of the person whom the verdict follows, which need not be the first moment", async () => {
    const timeline = [
      { timestamp_ms: 0, scores: { A: 0.91, B: 0.4 } },
      { timestamp_ms: 4000, scores: { A: 0.96, B: 0.99 } },
    ];
    const { text } = await said(manipulated({ timeline }));
    expect(text).toContain("Person A’s highest single score, 96 %, is at 0:04.0.");
  });
});
