import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, it, vi } from "vitest";

import { api } from "@/api/client";
import { createQueryClient, keys } from "@/api/queries";
import type { DatasetVersionDetails, VersionPreview } from "@/api/schema";
import { english } from "@/i18n/messages";
import german from "@messages/de";
import germanWords from "@messages/de/datasets.json";
import review from "@messages/de/review.json";
import words from "@messages/en/datasets.json";

import { FreezeForm } from "./freeze-form";
import { VersionView } from "./version-view";

vi.setConfig({ testTimeout: 30_000 }); // the form is looked through by role, which takes long on a busy machine
vi.mock("next/navigation", () => ({ useRouter: () => ({ push: vi.fn() }) }));
vi.mock("@/api/client", () => ({
  api: { GET: vi.fn(), POST: vi.fn() },
  unwrap: (answer: Promise<unknown>) => answer,
}));

const COUNTS = {
  files: 2, bytes: 2048, groups: 1, read_blind: 2, near_copies: { joined: 2, unknown: 1 }, real: 1, fake: 1,
  cells: [{ label: "manipulated", kind: "lipsync", source: "example.org", files: 1 }],
  splits: { test: { files: 2, groups: 1, real: 1, fake: 1 } },
}; // prettier-ignore
const VERSION: DatasetVersionDetails = {
  id: "v", dataset_id: "d", name: "newsroom", number: 3, frozen_at: "2026-05-03T10:00:00Z",
  manifest_sha256: "ab".repeat(32), files: 2, real: 1, fake: 1, groups: 1, licence: "CC0-1.0", consent: "required",
  query: "grade:double", note: null, redacted: ["note"], used_for: [], retired_at: null, kept: 1, withdrawn: 0, counts: COUNTS as DatasetVersionDetails["counts"],
  left_out: { no_consent: 3 }, split: { seed: 4, train: 0, validation: 0, test: 1 },
}; // prettier-ignore

it("shows what a version has and lacks, and lets it be taken out", () => {
  const client = createQueryClient();
  client.setQueryData([...keys.datasets, "d", 3], VERSION);
  client.setQueryData(keys.datasets, { datasets: [] });
  client.setQueryData(keys.me, null);
  const { container } = render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="de" messages={{ ...german, datasets: germanWords, review }} timeZone="UTC">
        <VersionView id="d" number={3} />
      </IntlProvider>
    </QueryClientProvider>,
  );
  expect(container.textContent).toContain("newsroom@3");
  expect(container.textContent).toContain("1 von 2");
  expect(container.textContent).toContain("3 Dateien fehlen: ohne Einwilligung in Forschung");
  expect(container.textContent).toContain("2 Dateien wurden nicht angesehen: von der auswählenden Person");
  expect(container.textContent).toContain("beisammen: 2 Dateien; 1 ließ sich nicht vergleichen");
  expect(container.textContent).toContain("Lippen an andere Worte angepasst");
  expect(container.textContent).toContain("ab".repeat(32));
  expect(screen.getByRole("link", { name: "archive.zip" }).getAttribute("href")).toBe(
    "/api/datasets/d/versions/3/archive.zip",
  );
});

it("counts first, and freezes what was counted", async () => {
  const told: VersionPreview = {
    manifest_sha256: "0".repeat(64),
    counts: COUNTS as VersionPreview["counts"],
    left_out: { no_label: 1 },
    limit: 20_000,
  };
  const { POST } = vi.mocked(api);
  POST.mockImplementation((async (path: string) => (path.endsWith("/preview") ? told : VERSION)) as never);
  const client = createQueryClient();
  client.setQueryData(keys.me, null);
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={{ ...english, datasets: words }} timeZone="UTC">
        <FreezeForm id="d" />
      </IntlProvider>
    </QueryClientProvider>,
  );
  fireEvent.change(screen.getByLabelText("Licence"), { target: { value: "CC0-1.0" } });
  fireEvent.change(screen.getByLabelText("Training"), { target: { value: "70" } });
  fireEvent.click(screen.getByRole("button", { name: "Count the files" }));
  const freeze = await screen.findByRole("button", { name: "Freeze these files" });
  expect(screen.getByRole("status").textContent).toContain(
    "2 files: 1 unmanipulated, 1 manipulated, 1 group",
  );
  expect(screen.getByRole("status").textContent).toContain(
    "1 file is left out: without a label that can be used",
  );
  fireEvent.click(freeze);
  await waitFor(() => expect(POST).toHaveBeenCalledTimes(2));
  const body = {
    q: null,
    licence: "CC0-1.0",
    consent: "required",
    join_near_copies: true,
    split: { train: 0.7, validation: 0, test: 0.3, seed: 0 },
  };
  const calls = POST.mock.calls as unknown as [string, { body: unknown }][];
  expect(calls.map(([path, options]) => [path, options.body])).toEqual([
    ["/api/datasets/{dataset_id}/versions/preview", body],
    ["/api/datasets/{dataset_id}/versions", body],
  ]);
});
