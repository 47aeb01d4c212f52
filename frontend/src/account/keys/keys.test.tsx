import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { beforeEach, expect, it, vi } from "vitest";

import { api } from "@/api/client";
import { createQueryClient } from "@/api/queries";
import { english } from "@/i18n/messages";

import { Keys } from "./keys";

vi.setConfig({ testTimeout: 30_000 }); // the forms are looked through by role, which takes long on a busy machine
vi.mock("next/navigation", () => ({ useRouter: () => ({ replace: vi.fn() }) }));
vi.mock("@/api/client", () => ({
  api: { GET: vi.fn(), POST: vi.fn(), DELETE: vi.fn() },
  unwrap: (answer: Promise<unknown>) => answer,
}));

const KEY = {
  id: "1d0c8b1e-3f2a-4f0f-9c63-0d8f6f1b2a77",
  name: "Import",
  prefix: "ds_4f1c9kX",
  scopes: ["read"],
  created_at: "2026-05-03T12:00:00Z",
  expires_at: null,
  last_used_at: null,
};
const { GET, POST, DELETE } = vi.mocked(api);
let listed: (typeof KEY)[] = [];

beforeEach(() => {
  listed = [];
  GET.mockReset().mockImplementation(async () => ({ keys: listed }) as never);
  POST.mockReset().mockImplementation(async () => {
    listed = [KEY];
    return { ...KEY, key: "ds_4f1c9kXwhole" } as never;
  });
  DELETE.mockReset().mockImplementation(async () => {
    listed = [];
    return {} as never;
  });
  render(
    <QueryClientProvider client={createQueryClient()}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <Keys />
      </IntlProvider>
    </QueryClientProvider>,
  );
});

const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));
const named = (value: string) => fireEvent.change(screen.getByLabelText("Name"), { target: { value } });
const choose = (scope: RegExp) => fireEvent.click(screen.getByRole("checkbox", { name: scope }));

it("makes a key with the chosen scopes, shows it once, and revokes it after asking", async () => {
  await screen.findByText("No keys yet.");
  named(" Import ");
  choose(/^Analyse/);
  press("Make key");
  await screen.findByDisplayValue("ds_4f1c9kXwhole");
  expect(POST).toHaveBeenCalledWith("/api/keys", {
    body: { name: "Import", scopes: ["read"], expires_at: expect.stringMatching(/Z$/) as string },
  });
  await screen.findByRole("button", { name: "Revoke Import" });
  press("Revoke Import");
  expect(DELETE).not.toHaveBeenCalled();
  press("Revoke Import for good");
  await waitFor(() => expect(screen.queryByText("ds_4f1c9kX…")).toBeNull());
  expect(screen.queryByDisplayValue("ds_4f1c9kXwhole")).toBeNull();
});

it("wants a name and a scope before it sends anything", async () => {
  await screen.findByText("No keys yet.");
  press("Make key");
  screen.getByText("Enter a name.");
  named("a");
  choose(/^Analyse/);
  choose(/^Read/);
  press("Make key");
  expect(screen.getByRole("alert").textContent).toBe("Choose at least one.");
  expect(POST).not.toHaveBeenCalled();
});

it("has examples with the address of this server", () => {
  expect(screen.getAllByText(new RegExp(location.origin))).toHaveLength(4);
});
