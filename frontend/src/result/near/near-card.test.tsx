import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, it } from "vitest";

import { createQueryClient, keys } from "@/api/queries";
import type { NearCopies, NearCopy } from "@/api/schema";
import { english } from "@/i18n/messages";
import german from "@messages/de";

import { NearCard } from "./near-card";

const COPY: NearCopy = {
  job_id: "b",
  original_filename: "first.jpg",
  media_type: "image",
  created_at: "2026-05-03T10:00:00Z",
  same_file: false,
  withheld: false,
  shared: { form: "upright", bits: 6, matched: 1, frames: 1, matched_there: 1, frames_there: 1 },
  verdict: "manipulated",
  final_score: 0.84,
};

function show(copies: NearCopy[], locale: "en" | "de" = "en"): string {
  const client = createQueryClient();
  client.setQueryData<NearCopies>(keys.near("a"), { compared: "all", copies });
  const { container } = render(
    <QueryClientProvider client={client}>
      <IntlProvider locale={locale} messages={locale === "en" ? english : german} timeZone="UTC">
        <NearCard id="a" />
      </IntlProvider>
    </QueryClientProvider>,
  );
  return (container.textContent ?? "").replaceAll("\u00a0", " ");
}

it("names a near copy with its day and verdict, and leads to it and to the comparison", () => {
  const text = show([COPY]);
  expect(text).toContain("Near copy of first.jpg, analysed on May 3, 2026; its verdict:");
  expect(text).toContain("84 %");
  expect(text).toContain("6 differ");
  expect(screen.getByRole("link", { name: "Result of first.jpg" }).getAttribute("href")).toBe("/result?id=b");
  expect(screen.getByRole("link", { name: "Compare with first.jpg" }).getAttribute("href")).toBe(
    "/compare?a=a&b=b",
  );
});

it("says how a film is shared and turned, and which file is the very same", () => {
  const shared = {
    form: "mirrored_90",
    bits: 4,
    matched: 31,
    frames: 32,
    matched_there: 9,
    frames_there: 30,
  };
  const text = show([
    { ...COPY, same_file: true, shared: null, verdict: null, final_score: null },
    { ...COPY, job_id: "c", shared: { ...shared, form: "mirrored_90" } },
    { ...COPY, job_id: "d", shared: { ...shared, form: "turned_270" } },
  ]);
  expect(text).toContain(
    "The same file, sent as first.jpg, was analysed on May 3, 2026; its verdict: not known",
  );
  expect(text).toContain("Mirrored and turned near copy of first.jpg");
  expect(text).toContain("Turned near copy of first.jpg");
  expect(text).toContain("of this file 31 of 32 are in the other, of the other 9 of 30 in this one");
});

it("is said in German", () => {
  expect(show([COPY], "de")).toContain("Fast gleiche Kopie von first.jpg, analysiert am 03.05.2026");
});

it("is not there without a copy", () => {
  expect(show([])).toBe("");
});
