import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { afterEach, expect, it, vi } from "vitest";

import { createQueryClient, keys } from "@/api/queries";
import type { EstimatedStratum, EstimateReport } from "@/api/schema";
import { english } from "@/i18n/messages";
import german from "@messages/de";
import germanWords from "@messages/de/measure.json";
import words from "@messages/en/measure.json";

import { OwnTraffic } from "./own-traffic";

let query = "";
vi.mock("next/navigation", () => ({ useSearchParams: () => new URLSearchParams(query) }));
afterEach(() => (query = ""));

const STRATUM: EstimatedStratum = {
  files: 6000, drawn: 64, read: 60, wrong: 1, undecided: 2, waiting: 3, waiting_since: "2026-11-02T10:00:00Z",
  gone: 0, used: 60, least: 60, missing: null, wrong_share: { value: 0.0167, interval: [0.0009, 0.081] },
}; // prettier-ignore
const REPORT: EstimateReport = {
  since: "2026-09-01T00:00:00Z", until: "2026-11-30T00:00:00Z", asks_for_reviews: true, not_drawable: 7,
  files: { manipulated: 600, no_signs: 6000, inconclusive: 41, no_face: 12 },
  flagged: { ...STRATUM, files: 600, read: 66, used: 60, least: 30 }, not_flagged: STRATUM,
  false_alarm_rate: { value: 0.0042, interval: [0.0012, 0.011] },
  miss_rate: { value: 0.16, interval: [0.0034, 0.56] },
}; // prettier-ignore

function shown(
  report: EstimateReport,
  locale: "en" | "de" = "en",
  may = ["error_rates", "review"],
  days = 90,
) {
  const client = createQueryClient();
  client.setQueryData(keys.me, { id: "me", workspaces: [{ id: "me", name: "", personal: true, may }] });
  client.setQueryData([...keys.reviews, "estimates", days], report);
  const set = { dataset: "own-set", flagged_real: 0.012, flagged_fake: 0.83 };
  client.setQueryData(keys.limits, { model: { datasets: [set] } });
  const messages = locale === "en" ? { ...english, measure: words } : { ...german, measure: germanWords };
  const { container } = render(
    <QueryClientProvider client={client}>
      <IntlProvider locale={locale} messages={messages} timeZone="UTC">
        <OwnTraffic />
      </IntlProvider>
    </QueryClientProvider>,
  );
  return container.textContent ?? "";
}

it("shows both rates with their intervals beside the tests of the model, and what waits", () => {
  const text = shown(REPORT);
  expect(text).toContain("0.42% (95 % interval 0.12% to 1.1%)");
  expect(text).toContain("16% (95 % interval 0.34% to 56%)");
  expect(screen.getByRole("row", { name: "own-set 1.2% 17%" })).toBeTruthy();
  expect(text).toContain("No signs: 3 drawn files wait for a reader, the first since Nov 2, 2026.");
  expect(text).toContain("Flagged: 6 files read sooner because of a doubt are left out");
  expect(text).toContain("41 inconclusive, 12 without a face");
  expect(text).toContain("7 files with a verdict could not be drawn");
});

it("refuses a figure with too few readings, and says in German too what is missing", () => {
  const few = { ...STRATUM, used: 12, wrong_share: null, missing: { to_read: 3, to_analyse: 4512 } };
  const text = shown(
    { ...REPORT, not_flagged: few, false_alarm_rate: null, miss_rate: null },
    "de",
    undefined,
  );
  expect(text).toContain("Keine Anzeichen: 12 der 60 nötigen begutachtet.");
  expect(text).toContain("3 weitere geloste Dateien warten auf eine Begutachtung.");
  expect(text).toContain("Etwa 4.500 weitere Dateien");
  expect(text).not.toContain("Auffällig: 60 der 30");
  expect(screen.getByRole("link", { name: "Nächste Datei begutachten" }).getAttribute("href")).toBe(
    "/review",
  );
});

it("leads to the settings where nothing is drawn, and is not there for who may not know", () => {
  const none = { ...STRATUM, files: 0, drawn: 0, waiting_since: null };
  const report = { ...REPORT, asks_for_reviews: false, flagged: none, not_flagged: none };
  expect(shown(report)).toContain("No files are drawn for readers");
  expect(screen.getByRole("link", { name: "Open the settings" }).getAttribute("href")).toBe("/people");
  expect(shown(REPORT, "en", ["read", "review"])).toBe("");
});

it("takes the period from the address", () => {
  query = "days=365";
  expect(shown(REPORT, "en", undefined, 365)).toContain("0.42%");
  expect(screen.getByRole("link", { current: true }).textContent).toBe("365 days");
  expect(screen.getByRole("link", { name: "30 days" }).getAttribute("href")).toBe("/measure?days=30");
});
