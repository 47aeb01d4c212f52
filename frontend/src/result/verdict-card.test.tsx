import { render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { IntlProvider } from "use-intl";
import { describe, expect, it } from "vitest";

import { english } from "@/i18n/messages";

import { manipulated, noFace, unclear, weak } from "./answers.fixture";
import { VerdictCard } from "./verdict-card";

const show = (card: ReactNode) =>
  render(
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      {card}
    </IntlProvider>,
  );

describe("VerdictCard", () => {
  it("says the verdict with its figures, whom it follows, and how often such an estimate was right", () => {
    show(<VerdictCard result={manipulated()} focus={false} />);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(
      "Signs of manipulation (estimated 84 %, range 71-92 %)",
    );
    expect(screen.getByText("Other causes remain possible.")).toBeTruthy();
    expect(screen.getByText("Follows Person B, the highest of 2 people.")).toBeTruthy();
    expect(
      screen.getByText(
        "In our tests, 84 of 100 files with such an estimate were manipulated. Half of all test files were; where fakes are rarer, the chance is lower.",
      ),
    ).toBeTruthy();
  });

  it("names the scale by the full sentence", () => {
    show(<VerdictCard result={manipulated()} focus={false} />);
    const scale = screen.getByRole("img");
    expect(scale.getAttribute("aria-label")).toBe(
      "Signs of manipulation (estimated 84 %, range 71-92 %). Scale from 0 to 100. The threshold is 69 %. Between 50 % and 69 % there is no verdict.",
    );
    expect(scale.querySelectorAll("circle")).toHaveLength(1);
  });

  it("draws no point and says no estimate while too mixed to say", () => {
    show(<VerdictCard result={unclear()} focus={false} />);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Inconclusive");
    expect(screen.getByText("Too mixed to say (range 30-66 %).")).toBeTruthy();
    expect(screen.getByRole("img").querySelectorAll("circle")).toHaveLength(0);
    expect(screen.queryByText(/In our tests/)).toBeNull();
  });

  it("says what is missing where there is too little to judge, with no figure at all", () => {
    const { container } = show(<VerdictCard result={weak()} focus={false} />);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Inconclusive: too little to judge");
    expect(screen.getByText("Only 2 usable frames.")).toBeTruthy();
    expect(container.textContent).not.toContain("%");
  });

  it("tells an unknown reason in the server's words", () => {
    const reasons = [{ code: "seen_from_behind", message: "Only backs of heads." }];
    show(<VerdictCard result={{ ...weak(), reasons }} focus={false} />);
    expect(screen.getByText("Only backs of heads.")).toBeTruthy();
  });

  it("tells an unknown conclusion in the server's words", () => {
    const result = manipulated({
      confidence_label: "partly",
      score_interpretation: "Partly edited",
      advice: "Look closer.",
    });
    show(<VerdictCard result={result} focus={false} />);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Partly edited");
    expect(screen.getByText("Look closer.")).toBeTruthy();
  });

  it("scores nothing without a face", () => {
    const { container } = show(<VerdictCard result={noFace()} focus={false} />);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(
      "No face found, so nothing was scored",
    );
    expect(container.textContent).not.toContain("%");
  });

  it("takes the focus when the analysis has just ended, and only then", () => {
    const { unmount } = show(<VerdictCard result={manipulated()} focus />);
    expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1 }));
    unmount();
    show(<VerdictCard result={manipulated()} focus={false} />);
    expect(document.activeElement).toBe(document.body);
  });
});
