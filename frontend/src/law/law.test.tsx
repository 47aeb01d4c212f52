import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, it, vi } from "vitest";

import { createQueryClient } from "@/api/queries";
import type { Law as Entry, LawList } from "@/api/schema";
import { english } from "@/i18n/messages";

import { Law } from "./law";

let query = "";
vi.mock("next/navigation", () => ({ useSearchParams: () => new URLSearchParams(query) }));

const both = (text: string) => ({ en: text, de: `${text} (deutsch)` });
const LIST: LawList = {
  notice: both("It is not legal advice."),
  help_first: both("Help first."),
  child: both("Report it."),
  countries: ["DE", "DK"].map((iso) => ({
    iso,
    name: both(iso === "DE" ? "Germany" : "Denmark"),
    checked_on: "2026-11-28",
    topics: ["intimate" as const],
  })),
};
const fact = (text: string, changes: Partial<Entry["facts"][number]>) => ({
  text: both(text),
  validity: "in_force" as const,
  sure: "B" as const,
  since: null,
  until: null,
  as_of: null,
  sources: ["example.org"],
  ...changes,
});
const entry = (iso: string): Entry => ({
  ...LIST.countries.find((country) => country.iso === iso)!,
  checked_by: null,
  may_be_out_of_date: iso === "DK",
  status: "bill",
  facts: [
    fact("The law punishes it.", { since: "2026-12-02" }),
    fact("Unresolved: it may come.", { validity: "unresolved", sure: "U", as_of: "2026-03-21" }),
  ],
  official: [{ title: "The code", url: "https://example.org/code", lang: "de" }],
  help: [{ name: "Help line", url: "https://example.org/help", phone: "116", audience: "minors" }],
  missing: null,
});

const show = () => {
  const client = createQueryClient();
  client.setQueryData(["law"], LIST);
  for (const { iso } of LIST.countries) client.setQueryData(["law", iso], entry(iso));
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <Law />
      </IntlProvider>
    </QueryClientProvider>,
  );
};

it("shows the country of the address, with drafts apart from law, and links without a referrer", async () => {
  query = "country=DE";
  show();
  await screen.findByRole("heading", { name: "Germany" });
  const law = screen.getByRole("heading", { name: "In short" }).closest("section");
  expect(law?.textContent).toContain("The law punishes it. (since December 2, 2026)");
  expect(law?.textContent).not.toContain("it may come");
  expect(screen.getByText(/It is not legal advice/)).toBeTruthy();
  expect(screen.getByText(/No lawyer admitted there/)).toBeTruthy();
  expect(screen.queryByText(/may be out of date/)).toBeNull();
  expect(screen.getByRole("link", { name: "The code" }).getAttribute("rel")).toBe("noreferrer");
  expect(screen.getByText(/telephone 116/).textContent).toContain("for minors");
});

it("keeps the chosen country in the address", async () => {
  query = "country=DK";
  show();
  const choice = await screen.findByRole("combobox", { name: "Country" });
  expect((choice as HTMLSelectElement).value).toBe("DK");
  expect(await screen.findByText(/may be out of date/)).toBeTruthy();
  fireEvent.change(choice, { target: { value: "DE" } });
  expect(location.search).toBe("?country=DE");
});
