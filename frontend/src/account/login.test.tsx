import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { beforeEach, expect, it, vi } from "vitest";

import { api } from "@/api/client";
import { ApiError } from "@/api/errors";
import { createQueryClient, keys } from "@/api/queries";
import { english } from "@/i18n/messages";

import { Login } from "./login";

vi.setConfig({ testTimeout: 30_000 }); // the forms are looked through by role, which takes long on a busy machine
let query = "";
let signedIn: object | null = null;
const replace = vi.fn();
vi.mock("next/navigation", () => ({
  useRouter: () => ({ replace }),
  useSearchParams: () => new URLSearchParams(query),
}));
vi.mock("@/api/client", () => ({
  api: { GET: vi.fn(), POST: vi.fn() },
  unwrap: (answer: Promise<unknown>) => answer,
}));

const { GET, POST } = vi.mocked(api);
const refused = (code: string) => new ApiError(code, "No.", 401, null, null, null);
const ACCOUNTS = { required: true, registration_open: true, free_daily_uploads: 3, passwords: true };

function show(
  address: string,
  accounts: object = { ...ACCOUNTS, provider: null },
  client = createQueryClient(),
  me: object | null = null,
) {
  query = address;
  signedIn = me;
  GET.mockReset().mockImplementation((async (path: string) =>
    path === "/api/limits" ? { accounts } : signedIn) as never);
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <Login />
      </IntlProvider>
    </QueryClientProvider>,
  );
}

beforeEach(() => {
  POST.mockReset();
  replace.mockReset();
});

const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));
const type = (label: string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

it("asks for a code only where the server does, and goes on to where the reader came from", async () => {
  show("next=/history/");
  type("E-mail address", "ada@example.org");
  type("Password", "a few words in a row");
  expect(screen.queryByLabelText("Code")).toBeNull();
  POST.mockRejectedValueOnce(refused("SECOND_FACTOR_REQUIRED"));
  press("Sign in");
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Code")));
  POST.mockRejectedValueOnce(refused("SECOND_FACTOR_WRONG"));
  type("Code", "111111");
  press("Sign in");
  await screen.findByText(/This code is wrong/);
  POST.mockImplementationOnce((async () => (signedIn = {})) as never);
  type("Code", "123456");
  press("Sign in");
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/history/"));
  const body = { email: "ada@example.org", password: "a few words in a row", code: "123456" };
  expect(POST).toHaveBeenLastCalledWith("/api/auth/login", { body });
});

it("says so where the browser keeps no cookie, as of a server that sends it over HTTPS alone", async () => {
  show("next=/history/");
  type("E-mail address", "ada@example.org");
  type("Password", "a few words in a row");
  POST.mockResolvedValueOnce({} as never);
  press("Sign in");
  await screen.findByText(/did not keep the sign-in.*SAAS_AUTH_COOKIE_SECURE=false/);
  expect(replace).not.toHaveBeenCalled();
});

it("leads to the sign-in service, and shows no password where none signs in", async () => {
  show("next=/history/", { ...ACCOUNTS, passwords: false, provider: "Example Press" });
  const link = await screen.findByRole("link", { name: "Continue with Example Press" });
  expect(link.getAttribute("href")).toBe("/api/auth/oidc/start?next=%2Fhistory%2F");
  expect(screen.queryByLabelText("Password")).toBeNull();
});

it("has no such button where there is no sign-in service", async () => {
  show("");
  await waitFor(() => expect(screen.getByText("Create one")).toBeTruthy());
  expect(screen.queryByRole("link", { name: /Continue/ })).toBeNull();
});

it("says why the sign-in service did not sign in", () => {
  show("problem=PROVIDER_REFUSED&next=/", { ...ACCOUNTS, provider: "Example Press" });
  expect(screen.getByRole("alert").textContent).toContain("The sign-in service did not let you in here");
});

it("asks for the password that links an account, and for a code if that is needed too", async () => {
  show("proof=link&next=/limits/", { ...ACCOUNTS, provider: "Example Press" });
  expect(screen.queryByLabelText("E-mail address")).toBeNull();
  POST.mockRejectedValueOnce(refused("SECOND_FACTOR_REQUIRED"));
  type("Password", "a few words in a row");
  press("Sign in");
  type(await screen.findByLabelText("Code").then(() => "Code"), "123456");
  POST.mockImplementationOnce((async () => (signedIn = {})) as never);
  press("Sign in");
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/limits/"));
  const body = { password: "a few words in a row", code: "123456" };
  expect(POST).toHaveBeenLastCalledWith("/api/auth/oidc/finish", { body });
});

it("sends nobody on by what was known before: a session that has ended would lead in a circle", async () => {
  const client = createQueryClient();
  client.setQueryData(keys.me, { id: "ada" });
  show("next=/", { ...ACCOUNTS, provider: null }, client);
  await waitFor(() => expect(client.getQueryData(keys.me)).toBeNull());
  expect(screen.getByLabelText("Password")).toBeTruthy();
  expect(replace).not.toHaveBeenCalled();
});

it("sends on who is signed in, once the server says so", async () => {
  show("next=/history/", { ...ACCOUNTS, provider: null }, createQueryClient(), { id: "ada" });
  expect(replace).not.toHaveBeenCalled();
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/history/"));
});
