import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, it, vi } from "vitest";

import { api } from "@/api/client";
import { ApiError } from "@/api/errors";
import { createQueryClient, keys } from "@/api/queries";
import { english } from "@/i18n/messages";

import { Invitation } from "./invitation";

vi.mock("next/navigation", () => ({ useRouter: () => ({ replace: vi.fn() }) }));
vi.mock("@/api/client", () => ({
  api: { GET: vi.fn() },
  unwrap: (answer: Promise<unknown>) => answer,
}));

const WORDS = english.people.invitation;
const OFFER = {
  workspace: "Newsroom",
  invited_by: "ada@example.org",
  role: "analyst",
  expires_at: "2026-01-01",
};

function show(error: ApiError) {
  vi.mocked(api.GET)
    .mockReset()
    .mockRejectedValueOnce(error)
    .mockResolvedValue(OFFER as never);
  const client = createQueryClient();
  client.setDefaultOptions({ queries: { retry: false, staleTime: Infinity } });
  client.setQueryData(keys.me, null);
  client.setQueryData(keys.limits, null);
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <Invitation token="t" />
      </IntlProvider>
    </QueryClientProvider>,
  );
}

it.each([
  ["RATE_LIMITED", 429],
  ["SERVICE_UNAVAILABLE", 503],
] as const)(
  "a server that is busy, %s, says nothing of the invitation, which is read again",
  async (code, status) => {
    show(new ApiError(code, "…", status));
    expect((await screen.findByRole("alert")).textContent).toContain(english.failures[code].summary);
    expect(screen.queryByText(WORDS.over)).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: english.common.actions.retry }));
    expect(await screen.findByText("Newsroom")).toBeTruthy();
  },
);

it("an invitation that is not there any more is said to be so", async () => {
  show(new ApiError("NOT_FOUND", "…", 404));
  expect(await screen.findByText(WORDS.over)).toBeTruthy();
});
