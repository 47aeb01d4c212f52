import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { beforeEach, expect, it, vi } from "vitest";

import { api } from "@/api/client";
import { ApiError } from "@/api/errors";
import { EVENTS } from "@/api/events";
import { createQueryClient } from "@/api/queries";
import { english } from "@/i18n/messages";

import { Webhooks } from "./webhooks";

vi.setConfig({ testTimeout: 30_000 }); // the forms are looked through by role, which takes long on a busy machine
vi.mock("next/navigation", () => ({ useRouter: () => ({ replace: vi.fn() }) }));
vi.mock("@/api/client", () => ({
  api: { GET: vi.fn(), POST: vi.fn(), DELETE: vi.fn() },
  unwrap: (answer: Promise<unknown>) => answer,
}));

const WEBHOOK = {
  id: "7c9e6679-7425-40de-944b-e07fc1f90ae7",
  url: "https://example.org/hook",
  events: ["analysis.failed"],
  created_at: "2026-05-03T12:00:00Z",
  failing_since: null,
  disabled_at: null as string | null,
  disabled_why: null as string | null,
  old_secret_until: null,
};
const DELIVERY = {
  id: "9b2f0a1c-55f4-4a86-8a36-2f9d1f0f6c11",
  event: "webhook.test",
  state: "failed",
  attempts: 3,
  created_at: "2026-05-03T12:00:00Z",
  tried_at: "2026-05-03T12:00:00Z",
  next_at: null,
  status: 500,
  problem: null,
};
const { GET, POST, DELETE } = vi.mocked(api);
let listed: (typeof WEBHOOK)[] = [];

beforeEach(() => {
  listed = [];
  GET.mockReset().mockImplementation(
    async (path: string) =>
      (path.endsWith("deliveries") ? { deliveries: [DELIVERY] } : { webhooks: listed }) as never,
  );
  POST.mockReset().mockImplementation(async () => {
    listed = [WEBHOOK];
    return { ...WEBHOOK, secret: "whsec_shown" } as never;
  });
  DELETE.mockReset().mockImplementation(async () => {
    listed = [];
    return {} as never;
  });
});

function show(...there: (typeof WEBHOOK)[]) {
  listed = there;
  render(
    <QueryClientProvider client={createQueryClient()}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <Webhooks />
      </IntlProvider>
    </QueryClientProvider>,
  );
}

const press = async (name: string) => fireEvent.click(await screen.findByRole("button", { name }));
const typed = (value: string) => fireEvent.change(screen.getByLabelText("Address"), { target: { value } });

it("makes a webhook and shows its secret once", async () => {
  show();
  await screen.findByText("No webhooks yet.");
  typed(" https://example.org/hook ");
  fireEvent.click(screen.getByRole("checkbox", { name: "An analysis is complete" }));
  await press("Make webhook");
  await screen.findByDisplayValue("whsec_shown");
  expect(POST).toHaveBeenCalledWith("/api/webhooks", {
    body: { url: "https://example.org/hook", events: EVENTS.filter((each) => each !== "analysis.completed") },
  });
});

it("puts a refused address to its field", async () => {
  POST.mockRejectedValue(new ApiError("INVALID_URL", "No.", 400, null, null, null));
  show();
  typed("http://10.0.0.1/");
  await press("Make webhook");
  await screen.findByText("The server does not send to this address. Use a public https address.");
});

it("tries a webhook, and shows and repeats what was sent", async () => {
  show(WEBHOOK);
  await press("Send a test");
  await screen.findByText(/webhook\.test · given up after 3 attempts · answer 500/);
  await press("Send again");
  await waitFor(() =>
    expect(POST).toHaveBeenLastCalledWith("/api/deliveries/{delivery_id}/resend", {
      params: { path: { delivery_id: DELIVERY.id } },
    }),
  );
});

it("says why a webhook is disabled, enables it, and deletes it after asking", async () => {
  show({ ...WEBHOOK, disabled_at: "2026-05-04T12:00:00Z", disabled_why: "gone" });
  await screen.findByText(/The receiver said that it is gone\./);
  await press("Enable");
  await waitFor(() =>
    expect(POST).toHaveBeenCalledWith("/api/webhooks/{webhook_id}/enable", expect.anything()),
  );
  await press("Delete");
  expect(DELETE).not.toHaveBeenCalled();
  await press("Delete for good");
  await screen.findByText("No webhooks yet.");
});
