import { render } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { describe, expect, it } from "vitest";

import type { AnalysisResult } from "@/api/schema";
import { english } from "@/i18n/messages";

import { AggregationSteps } from "./aggregation-steps";
import { earlier, manipulated, unclear, weak } from "@/result/answers.fixture";

function textOf(result: AnalysisResult, reader = false): string {
  const { container } = render(
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      <AggregationSteps result={result} reader={reader} />
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
    for (const result of [weak(), unclear()])
      expect(textOf(result)).toContain("is not turned into an estimate");
    for (const result of [weak(), unclear(), earlier()]) expect(textOf(result)).not.toContain("exp(");
  });

  it("does not call the server's what this page has made without people whom the reader left out", () => {
    const steps = manipulated().aggregation_steps.filter(({ person }) => person !== "B");
    const text = textOf(manipulated({ aggregation_steps: steps }), true);
    const [persons, file] = text.split("File: the most suspicious person");
    expect(persons).toContain("the same as the server’s");
    expect(file).toContain("Computed by this page, without whom you left out");
    expect(file).not.toContain("server");
  });
});
