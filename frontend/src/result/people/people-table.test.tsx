import { cleanup, render, screen, within } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { describe, expect, it } from "vitest";

import type { AnalysisResult } from "@/api/schema";
import { percent } from "@/i18n/format";
import { english } from "@/i18n/messages";

import { earlier, manipulated, weak } from "@/result/answers.fixture";
import { PeopleTable } from "./people-table";
import { traceEstimates } from "./traces";

const source = { artifactUrl: () => null, localFile: null };

function rowsOf(result: AnalysisResult): HTMLElement[] {
  render(
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      <PeopleTable result={result} source={source} video={result.media.type === "video"} />
    </IntlProvider>,
  );
  return within(screen.getByRole("table")).getAllByRole("row").slice(1);
}

describe("PeopleTable", () => {
  it("says what a flagged person bears traces of, and nothing of others", () => {
    const [a, b] = manipulated().tracks;
    if (!a || !b) throw new Error("no people");
    const [first, second] = rowsOf(manipulated({ tracks: [{ ...a, trace: "generation" }, b] }));
    expect(first?.textContent).toContain("Traces of a generated face");
    expect(second?.textContent).not.toContain("Traces");
  });

  it("gives the estimate by each trace alone, and none beside a verdict that is withheld", () => {
    const [first] = rowsOf(manipulated());
    const words = traceEstimates(manipulated().tracks[0]!, manipulated()).map(
      ({ trace, estimate }) => `${trace === "blending" ? "blending" : "generated face"} ${percent(estimate)}`,
    );
    expect(words).toHaveLength(2);
    expect(first?.textContent).toContain(`Each trace alone: ${words.join(", ")}`);
    cleanup();
    expect(rowsOf(weak())[0]?.textContent).not.toContain("Each trace alone");
  });

  it("shows everybody's own verdict with its estimate", () => {
    const result = manipulated();
    const [first, second] = rowsOf(result);
    expect(first?.textContent).toContain(
      `${english.common.verdict.brief.manipulated} (${percent(result.tracks[0]?.final_score ?? NaN)})`,
    );
    expect(second?.textContent).toContain(
      `${english.common.verdict.brief.not_flagged} (${percent(result.tracks[1]?.final_score ?? NaN)})`,
    );
  });

  it("shows an estimate alone where an earlier release gave no verdict", () => {
    const [, second] = rowsOf(earlier());
    expect(second?.textContent).not.toContain(english.common.verdict.brief.no_signs);
    expect(second?.textContent).toContain(percent(earlier().tracks[1]?.probability ?? NaN));
  });

  it("says what is weak and gives no figure for it", () => {
    const [row] = rowsOf(weak());
    expect(row?.textContent).toContain(english.result.weak.too_blurred);
    expect(row?.textContent).not.toContain("%");
  });
});
