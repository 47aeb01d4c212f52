import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, it, vi } from "vitest";

import { api } from "@/api/client";
import { ApiError } from "@/api/errors";
import { createQueryClient, keys } from "@/api/queries";
import type { MeAnswer, Policy, PolicyPreview } from "@/api/schema";
import german from "@messages/de";
import words from "@messages/de/policies.json";

import { PolicyView } from "./policy-view";

vi.setConfig({ testTimeout: 30_000 });
vi.mock("next/navigation", () => ({ useRouter: () => ({ push: vi.fn() }) }));
vi.mock("@/api/client", () => ({
  api: { GET: vi.fn(), POST: vi.fn() },
  unwrap: (answer: Promise<unknown>) => answer,
}));

const RULE = {
  threshold: 0.87, abstain_low: 0.65, abstain_high: 0.9,
  minimums: { smallest_face_px: 32, least_frames: 3, least_share: 0.01 },
}; // prettier-ignore
const DRAFT: Policy = {
  number: 2, name: "Weniger Fehlalarme", reason: null, redacted: [], base: 1, state: "draft", rule: RULE, bundle: "net", bundle_version: "1.3.0",
  bundle_sha256: "0".repeat(64), author: { id: "a", email: "ada@example.org", mine: true }, created_at: "2026-05-03T10:00:00Z",
  approver: null, approved_at: null, retired_by: null, retired_at: null, may_approve: false, obstacle: "own",
}; // prettier-ignore
const PREVIEW: PolicyPreview = {
  rule: RULE, dataset: null, unknown: ["minimums"],
  own: {
    files: 12, untold: 2, histogram: [{ low: 0.8, high: 0.82, manipulated: 0, inconclusive: 2, no_signs: 10 }], without_estimate: 0,
    before: { no_signs: 12 }, after: { no_signs: 9, inconclusive: 3 }, changed: 3, changes: { unclear: 3 },
  },
}; // prettier-ignore
const RATES = {
  threshold: 0.87, ...Object.fromEntries(["false_alarms", "misses", "abstained"].map((name) => [
    name, { files: 1, of: 4, share: 0.25, interval: [0.05, 0.7] },
  ])),
}; // prettier-ignore
const ON_DATASET = {
  dataset_id: "d", dataset: "newsroom", number: 1, split: null, used_for: [], files: 4, looked_at: 4, analysed: 4, untold: 0,
  draft: RATES, present: RATES, curve: [],
}; // prettier-ignore
const WORKSPACE = { id: "w", personal: true, may: ["policies"] };

function show(policy: Policy): void {
  const client = createQueryClient();
  vi.mocked(api).GET.mockImplementation((async (path: string) =>
    path === "/api/datasets" ? { datasets: [] } : policy) as never);
  client.setQueryData<MeAnswer>(keys.me, { workspaces: [WORKSPACE] } as unknown as MeAnswer);
  client.setQueryData([...keys.policies, policy.number], policy);
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="de" messages={{ ...german, policies: words }} timeZone="UTC">
        <PolicyView number={policy.number} />
      </IntlProvider>
    </QueryClientProvider>,
  );
}

it("says who has to approve a draft, and what it would change", async () => {
  vi.mocked(api).POST.mockResolvedValue(PREVIEW as never);
  show(DRAFT);
  expect(screen.getByText(/Sie haben sie entworfen, also muss jemand anderes sie genehmigen/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Genehmigen" })).toBeNull();
  expect(screen.getByText(/ab einer Schätzung von 0,900, keine gefunden bis 0,650/)).toBeTruthy();
  expect(await screen.findByText("3 von 12 Urteilen würden sich ändern. 3 zu nicht eindeutig.")).toBeTruthy();
  expect(screen.getByText(/2 Dateien fehlen in den Zahlen: Was andere Mindestmaße/)).toBeTruthy();
});

it("tries a policy on what its own model found, and shows no rule in use where none is known", async () => {
  const { POST } = vi.mocked(api);
  POST.mockResolvedValue({ ...PREVIEW, dataset: ON_DATASET } as never);
  show(DRAFT);
  expect(await screen.findByRole("columnheader", { name: "Nach der geltenden Regel" })).toBeTruthy();
  expect(POST).toHaveBeenLastCalledWith(
    "/api/policies/{number}/preview",
    expect.objectContaining({ params: { path: { number: 2 } }, body: { on: null } }),
  );
  cleanup();
  POST.mockResolvedValue({ ...PREVIEW, dataset: { ...ON_DATASET, present: null } } as never);
  show(DRAFT);
  expect(await screen.findByRole("columnheader", { name: "Zahl" })).toBeTruthy();
  expect(screen.queryByRole("columnheader", { name: "Nach der geltenden Regel" })).toBeNull();
});

it("puts a policy in force again once that is confirmed, and says what the server refuses", async () => {
  const { POST } = vi.mocked(api);
  POST.mockImplementation((async (path: string) => {
    if (path.endsWith("/preview")) return PREVIEW;
    throw new ApiError("CONFLICT", "Another lead has to.", 409);
  }) as never);
  const was = {
    state: "retired",
    approved_at: "2026-05-03T11:00:00Z",
    retired_at: "2026-05-04T11:00:00Z",
  } as const;
  show({ ...DRAFT, ...was, may_approve: true, obstacle: null });
  fireEvent.click(screen.getByRole("button", { name: "Wieder in Kraft setzen" }));
  expect(await screen.findByText(/Sie kommt unter einer neuen Nummer zurück/)).toBeTruthy();
  const calls = POST.mock.calls as unknown as [string][];
  expect(calls.some(([path]) => path === "/api/policies/{number}/approve")).toBe(false);
  const [yes] = screen.getAllByRole("button", { name: "Wieder in Kraft setzen" }).slice(-1);
  fireEvent.click(yes as HTMLElement);
  await waitFor(() => expect(screen.getByText("Another lead has to.")).toBeTruthy());
});

it("erases the texts that are chosen, and says which are gone", async () => {
  const { POST } = vi.mocked(api);
  POST.mockImplementation((async (path: string) => (path.endsWith("/preview") ? PREVIEW : DRAFT)) as never);
  show({ ...DRAFT, reason: "Anna Muster hat sich beschwert." });
  fireEvent.click(screen.getByRole("button", { name: "Texte tilgen" }));
  fireEvent.click(await screen.findByRole("checkbox", { name: "Name" }));
  fireEvent.click(screen.getByRole("button", { name: "Endgültig tilgen" }));
  await waitFor(() =>
    expect(POST).toHaveBeenCalledWith("/api/policies/{number}/redact", {
      params: { path: { number: 2 } },
      body: { texts: ["reason"] },
    }),
  );
  cleanup();
  show({ ...DRAFT, name: "[…]", redacted: ["name", "reason"] });
  expect(screen.getByText("Der Grund wurde getilgt.")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Texte tilgen" })).toBeNull();
});
