import { render } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { describe, expect, it } from "vitest";

import type { AnalysisResult } from "@/api/schema";
import { english } from "@/i18n/messages";

import { AggregationSteps } from "./aggregation-steps";
import { earlier, manipulated, weak } from "@/result/answers.fixture";

function textOf(result: AnalysisResult): string {
  const { container } = render(
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      <AggregationSteps result={result} />
    </IntlProvider>,
  );
  return container.textContent ?? "";
}

describe("AggregationSteps", () => {
  it("goes from the frames' scores to the estimate and agrees with the server", () => {
    const result = manipulated();
    const text = textOf(result);
    expect(text).toContain("Person A: weighted mean of the frames’ scores");
    expect(text).toContain("File: the most suspicious person");
    expect(text).toContain(`= ${result.final_score?.toFixed(4)}`);
    expect(text).not.toContain("but the server says");
  });

  it("says so where the server's estimate does not follow from its score", () => {
    const steps = manipulated().aggregation_steps.map((step) =>
      step.kind === "calibration" ? { ...step, output: 0.99 } : step,
    );
    expect(textOf(manipulated({ aggregation_steps: steps }))).toContain("but the server says 0.9900");
  });

  it("has no arithmetic of an estimate where there is none, or where an earlier release did not tell it", () => {
    expect(textOf(weak())).toContain("is not turned into an estimate");
    for (const result of [weak(), earlier()]) expect(textOf(result)).not.toContain("exp(");
  });
});
