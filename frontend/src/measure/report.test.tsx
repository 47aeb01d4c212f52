import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, it } from "vitest";

import { createQueryClient, keys } from "@/api/queries";
import type { EvaluationComparison, EvaluationDetails } from "@/api/schema";
import { english } from "@/i18n/messages";
import german from "@messages/de";
import germanWords from "@messages/de/measure.json";
import germanReview from "@messages/de/review.json";
import words from "@messages/en/measure.json";
import review from "@messages/en/review.json";

import { ComparisonView } from "./comparison";
import { ReportView } from "./report";

const FIGURES = {
  files: 12, real: 6, fake: 6, groups: 12, auc: 0.876, auc_interval: [0.71, 0.98],
  false_alarms: 0.25, misses: null, abstained: 0, no_face: 0,
}; // prettier-ignore
const DONE: EvaluationDetails = {
  id: "e", state: "done", dataset_id: "d", dataset: "newsroom", number: 3, split: null,
  used_for: ["evaluation", "training"], bundle: "net", bundle_version: "1.3.0", bundle_sha256: "0".repeat(64),
  threshold: 0.86, policy: { number: 3, name: "Fewer false alarms" }, created_at: "2026-05-03T10:00:00Z", finished_at: "2026-05-03T10:01:00Z", recheck_id: null,
  files: 13, missing: 1, auc: 0.876, error: null,
  report: {
    abstain_band: [0.8, 0.9], face_detector: "mtcnn",
    figures: { ...FIGURES, accuracy: 0.8, accuracy_of_verdicts: 0.9 },
    confusion: { real: { manipulated: 2, no_signs: 4 }, fake: { manipulated: 5, no_signs: 1 } },
    ece: 0.123,
    reliability: [{ estimate: 0.2, share: 0.1, files: 6, interval: [0, 0.4] }],
    roc: [[0, 0], [0.25, 0.75], [1, 1]],
    slices: [{ ...FIGURES, by: "kind", name: "lipsync", chosen: 5 }, { ...FIGURES, by: "size", name: "under 480 px", chosen: 5 }],
    thresholds: [{ false_alarms: 0.01, threshold: null, needs_authentic_files: 100 }],
    false_alarms: [{ sha256: "ab".repeat(32), media_id: "m", job_id: "j", estimate: 0.97 }],
    misses: [], withheld: false,
  },
}; // prettier-ignore

const COMPARED: EvaluationComparison = {
  a: DONE, b: { ...DONE, id: "f" }, files: 12, flips: 1, only_a_right: 1, only_b_right: 0, mcnemar_p: 1,
  scored: 12, auc_a: 0.8, auc_b: 0.9, auc_difference: 0.1, auc_difference_interval: null,
  flipped: [{ sha256: "cd".repeat(32), media_id: "m", fake: true, a: "manipulated", b: "no_signs" }], withheld: false,
}; // prettier-ignore

function shown(locale: "en" | "de", evaluation: EvaluationDetails): string {
  const client = createQueryClient();
  client.setQueryData<EvaluationDetails>([...keys.evaluations, "e"], evaluation);
  const { container } = render(
    <QueryClientProvider client={client}>
      <IntlProvider
        locale={locale}
        messages={
          locale === "en"
            ? { ...english, measure: words, review }
            : { ...german, measure: germanWords, review: germanReview }
        }
        timeZone="UTC"
      >
        <ReportView id="e" />
      </IntlProvider>
    </QueryClientProvider>,
  );
  return (container.textContent ?? "").replaceAll("\u00a0", " ");
}

function compared(found: EvaluationComparison): string {
  const client = createQueryClient();
  client.setQueryData([...keys.evaluations, "compare", "e", "f"], found);
  const { container } = render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={{ ...english, measure: words }} timeZone="UTC">
        <ComparisonView a="e" b="f" />
      </IntlProvider>
    </QueryClientProvider>,
  );
  return container.textContent ?? "";
}

it("shows figures with their intervals, what was left out, and the surest of the wrong verdicts", () => {
  const text = shown("en", DONE);
  expect(text).toContain("Not measured: 1 of 13 files");
  expect(text).toContain("0.88 (0.71–0.98)");
  expect(text).toContain("A model was fitted on this version");
  expect(text).toContain("needs 100 unmanipulated files");
  expect(text).toContain("2 of 6 (95 %: 10-70 %)");
  expect(text).toContain("Kind: Lips made to fit other words");
  expect(text).toContain("Shorter side: under 480 px");
  expect(screen.getByRole("img", { name: "ROC curve, AUC 0.88 (0.71–0.98)" })).toBeTruthy();
  expect(screen.getByRole("link", { name: "abababababab" }).getAttribute("href")).toBe("/result?id=j");
});

it("writes figures and words in German too, and what it waits for", () => {
  const told = shown("de", DONE);
  expect(told).toContain("0,88 (0,71–0,98)");
  expect(told).toContain("Art: Lippen an andere Worte angepasst");
  expect(told).toContain("Kürzere Seite: unter 480 px");
  const text = shown("de", { ...DONE, state: "waiting", recheck_id: "r", report: null });
  expect(text).toContain("Wartet auf die Analysen fehlender Dateien");
  expect(screen.getByRole("link", { name: "Neuprüfung zeigen" }).getAttribute("href")).toBe("/rechecks?id=r");
});

it("says why no files are listed to who reads one of them blind", () => {
  const report = { ...DONE.report, false_alarms: [], withheld: true } as EvaluationDetails["report"];
  expect(shown("en", DONE)).not.toContain("reading one of these files blind");
  expect(shown("en", { ...DONE, report })).toContain("You are reading one of these files blind.");
  expect(shown("de", { ...DONE, report })).toContain("Sie begutachten eine dieser Dateien blind.");
  const told = compared({ ...COMPARED, flipped: [], withheld: true });
  expect(told).toContain("You are reading one of these files blind.");
});

it("compares two, and claims no interval where there is none", () => {
  const text = compared(COMPARED);
  expect(text).toContain("1 of 12 verdicts differ.");
  expect(text).toContain("difference 0.100 (too few groups for an interval)");
  expect(screen.getByRole("link", { name: "cdcdcdcdcdcd" }).getAttribute("href")).toBe("/media?id=m");
});
