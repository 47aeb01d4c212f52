import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { afterEach, expect, test, vi } from "vitest";

import { createQueryClient, keys } from "@/api/queries";
import { chooseWorkspace, chosenWorkspace } from "@/api/workspace";
import { english } from "@/i18n/messages";

import { Header } from "./header";

const push = vi.fn();
vi.mock("next/navigation", () => ({ usePathname: () => "/result/", useRouter: () => ({ push }) }));
vi.mock("./theme-toggle", () => ({ ThemeToggle: () => null }));
afterEach(cleanup);

function show(accounts: { required: boolean; registration_open: boolean }, me: object | null) {
  const client = createQueryClient();
  client.setQueryData(keys.limits, { accounts });
  client.setQueryData(keys.me, me);
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={english}>
        <Header />
      </IntlProvider>
    </QueryClientProvider>,
  );
}

const link = (name: string) => screen.queryByRole("link", { name });

test.each([
  { required: false, registration_open: true },
  { required: true, registration_open: false },
])("who is signed out finds the way to sign in on every page: %o", (accounts) => {
  show(accounts, null);
  expect(link("Sign in")?.getAttribute("href")).toMatch(/^\/login\/?$/);
});

test("where there are no accounts nothing speaks of them, and who is signed in finds theirs", () => {
  show({ required: false, registration_open: false }, null);
  expect(link("Sign in")).toBeNull();
  expect(link("Library")).toBeNull();
  cleanup();
  show({ required: false, registration_open: false }, { id: "a" });
  expect(link("Account")?.getAttribute("href")).toMatch(/^\/account\/?$/);
  expect(link("Library")?.getAttribute("href")).toMatch(/^\/library\/?$/);
});

test.each([
  [{ personal: false, asks_for_reviews: false, may: ["read", "review"] }, true],
  [{ personal: false, asks_for_reviews: true, may: ["read"] }, false],
  [{ personal: true, asks_for_reviews: true, may: ["read", "review"] }, true],
  [{ personal: true, asks_for_reviews: false, may: ["read", "review"] }, false],
])("reviews are for who takes them, where there are any: %o: %s", (workspace, shown) => {
  chooseWorkspace("w");
  show({ required: false, registration_open: false }, { id: "a", workspaces: [{ id: "w", ...workspace }] });
  expect(link("Review") !== null).toBe(shown);
});

test("who is a member of a workspace chooses it, and leaves the page of the other's file", () => {
  const own = { id: "own", name: "ada@example.org", personal: true, may: ["read", "analyse"] };
  const shared = { id: "shared", name: "Newsroom", personal: false, may: ["read"] };
  show({ required: false, registration_open: false }, { id: "a", workspaces: [own] });
  expect(screen.queryByRole("combobox")).toBeNull();
  cleanup();
  show({ required: false, registration_open: false }, { id: "a", workspaces: [own, shared] });
  fireEvent.change(screen.getByRole("combobox", { name: "Workspace" }), { target: { value: "shared" } });
  expect(chosenWorkspace()).toBe("shared");
  expect(push).toHaveBeenCalledWith("/history/");
});
