import { render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { IntlProvider } from "use-intl";
import { describe, expect, it } from "vitest";

import { english } from "@/i18n/messages";
import { manipulated, noFace, unclear, weak } from "@/result/answers.fixture";

import { VerdictCard } from "./verdict-card";

/** Text with plain spaces: those before a percent sign let no line end. */
const spaced = (text: string | null) => text?.replaceAll("\u00a0", " ");

const show = (card: ReactNode) =>
  render(
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      {card}
    </IntlProvider>,
  );

describe("VerdictCard", () => {
  it("says the verdict with its figures, whom it follows, and how often such an estimate was right", () => {
    show(<VerdictCard result={manipulated()} focus={false} />);
    expect(spaced(screen.getByRole("heading", { level: 1 }).textContent)).toBe(
      manipulated().score_interpretation,
    );
    expect(
      screen.getByText(/^Traces of blending\. (Other causes remain possible|Check the moments below)\.$/),
    ).toBeTruthy();
    expect(screen.getByText("Follows Person A, the highest of 2 people.")).toBeTruthy();
    expect(
      screen.getByText(
        /^In our tests, \d+ of 100 files with about such an estimate \(\d+ % on average\) were manipulated \(range \d+ to \d+\). Half of all test files were; where fakes are rarer, the chance is lower\.( The estimate is higher than that range: .+)?$/,
      ),
    ).toBeTruthy();
  });

  it("says how strong the evidence is in the words of the scale, and nothing where there is no verdict", () => {
    const strength = { log10_ratio: 1.05, interval: [0.71, 1.4] as [number, number], cap: 3.13 };
    const { rerender } = show(
      <VerdictCard result={manipulated({ strength: { ...strength, support: "moderate" } })} focus={false} />,
    );
    expect(screen.getByText(/^Strength of evidence/).textContent).toBe(
      "Strength of evidence: moderate support for manipulation rather than its absence. " +
        "Log10 of the likelihood ratio 1.1, range 0.7 to 1.4; our test files support no more than 3.1.",
    );
    rerender(
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <VerdictCard result={unclear()} focus={false} />
      </IntlProvider>,
    );
    expect(screen.queryByText(/^Strength of evidence/)).toBeNull();
  });

  it("names the scale by the full sentence", () => {
    const result = manipulated({ decision_threshold: 0.69, abstain_band: [0.5, 0.69] });
    show(<VerdictCard result={result} focus={false} />);
    const scale = screen.getByRole("img");
    expect(spaced(scale.getAttribute("aria-label"))).toBe(
      `${result.score_interpretation}. Scale from 0 to 100. The threshold is 69 %. Between 50 % and 69 % there is no verdict.`,
    );
    expect(scale.querySelectorAll("circle")).toHaveLength(1);
  });

  it("draws no point and says no estimate while too mixed to say", () => {
    show(<VerdictCard result={unclear({ interval: [0.3, 0.66] })} focus={false} />);
    expect(spaced(screen.getByRole("heading", { level: 1 }).textContent)).toBe("Inconclusive");
    expect(screen.getByText(/^Too mixed to say: the range is 30-66 %/)).toBeTruthy();
    expect(screen.getByRole("img").querySelectorAll("circle")).toHaveLength(0);
    expect(screen.queryByText(/In our tests/)).toBeNull();
  });

  it("says what is missing where there is too little to judge, with no figure at all", () => {
    const { container } = show(<VerdictCard result={weak()} focus={false} />);
    expect(spaced(screen.getByRole("heading", { level: 1 }).textContent)).toBe(
      "Inconclusive: too little to judge",
    );
    expect(screen.getByText(/^Too blurred .* sharpness 0\.\d+ of about 1\.$/)).toBeTruthy();
    expect(container.textContent).not.toContain("%");
  });

  it("counts the frames where there are too few", () => {
    const [reason] = weak().reasons;
    const result = weak({
      frames_used_for_score: 2,
      reasons: reason ? [{ ...reason, code: "too_few_frames" }] : [],
    });
    show(<VerdictCard result={result} focus={false} />);
    expect(screen.getByText("Too few frames to judge: only 2 show the face well enough.")).toBeTruthy();
  });

  it("does not say that nothing was found where the bundle has not earned it, but what that says", () => {
    const model = { ...manipulated().model, reliability: [[0.37, 0.4, 100] as [number, number, number]] };
    const label = { verdict: "no_signs", confidence_label: "none", predicted_manipulation: false } as const;
    show(<VerdictCard result={manipulated({ ...label, model, final_score: 0.37 })} focus={false} />);
    expect(spaced(screen.getByRole("heading", { level: 1 }).textContent)).toMatch(
      /^Not flagged \(estimated 37 %/,
    );
    expect(
      screen.getByText(/in our tests, 40 of 100 files that it did not flag were manipulated\.$/),
    ).toBeTruthy();
  });

  it("says of a range of one value that the model gives none lower", () => {
    const calibration = { slope: 0.6, intercept: 0.3, floor: -1.3 };
    const lowest = 1 / (1 + Math.exp(0.6 * 1.3 - 0.3));
    const label = { verdict: "no_signs", confidence_label: "none", predicted_manipulation: false } as const;
    const model = { ...manipulated().model, calibration };
    const result = manipulated({ ...label, model, final_score: lowest, interval: [lowest, lowest] });
    show(<VerdictCard result={result} focus={false} />);
    expect(spaced(screen.getByRole("heading", { level: 1 }).textContent)).toBe(
      "Not flagged (estimated 38 %, the lowest that this model gives)",
    );
    expect(screen.getByText(/Dotted: this model gives no estimate below 38 %\./)).toBeTruthy();
  });

  it("scores nothing without a face", () => {
    const { container } = show(<VerdictCard result={noFace()} focus={false} />);
    expect(spaced(screen.getByRole("heading", { level: 1 }).textContent)).toBe(
      "No face found, so nothing was scored",
    );
    expect(container.textContent).not.toContain("%");
  });

  it("says without a face that other streams may show some", () => {
    const result = noFace();
    const { rerender } = show(<VerdictCard result={result} focus={false} />);
    expect(screen.queryByText(/Further video streams/)).toBeNull();
    rerender(
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <VerdictCard result={{ ...result, media: { ...result.media, other_streams: 1 } }} focus={false} />
      </IntlProvider>,
    );
    expect(
      screen.getByText(/Further video streams, which may show some, were not looked at\.$/),
    ).toBeTruthy();
  });

  it("takes the focus when the analysis has just ended, and only then", () => {
    const { unmount } = show(<VerdictCard result={manipulated()} focus />);
    expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1 }));
    unmount();
    show(<VerdictCard result={manipulated()} focus={false} />);
    expect(document.activeElement).toBe(document.body);
  });
});
