import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { beforeEach, expect, it, vi } from "vitest";

import { api } from "@/api/client";
import { ApiError } from "@/api/errors";
import { createQueryClient } from "@/api/queries";
import { english } from "@/i18n/messages";

import { SecondFactor } from "./second-factor";

vi.setConfig({ testTimeout: 30_000 }); // the forms are looked through by role, which takes long on a busy machine
vi.mock("next/navigation", () => ({ useRouter: () => ({ replace: vi.fn() }) }));
vi.mock("@/api/client", () => ({
  api: { GET: vi.fn(), POST: vi.fn(), DELETE: vi.fn() },
  unwrap: (answer: Promise<unknown>) => answer,
}));

const PASSWORD = "a few words in a row";
const { GET, POST, DELETE } = vi.mocked(api);
let state = { enabled: false, since: null as string | null, recovery_codes_left: 0, has_password: true };
const refused = (code: string) => new ApiError(code, "No.", 401, null, null, null);

beforeEach(() => {
  state = { enabled: false, since: null, recovery_codes_left: 0, has_password: true };
  GET.mockReset().mockImplementation(async () => state as never);
  POST.mockReset();
  DELETE.mockReset();
});

function show() {
  render(
    <QueryClientProvider client={createQueryClient()}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <SecondFactor email="ada@example.org" />
      </IntlProvider>
    </QueryClientProvider>,
  );
}

const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));
const type = (label: string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

it("shows recovery codes once the first code was right, and says what is wrong before", async () => {
  show();
  await screen.findByText("The second factor is off.");
  press("Turn on");
  POST.mockResolvedValueOnce({
    secret: "JBSWY3DPEHPK3PXP",
    otpauth_uri: "otpauth://x",
    qr_svg: "<svg/>",
  } as never);
  type("Current password", PASSWORD);
  press("Go on");
  await screen.findByDisplayValue("JBSWY3DPEHPK3PXP");
  POST.mockRejectedValueOnce(refused("SECOND_FACTOR_WRONG"));
  type("Code", "111111");
  press("Turn on");
  await screen.findByText(/This code is wrong/);
  POST.mockResolvedValueOnce({ recovery_codes: ["MFRG-GZDF-MZTW-Q2LK"] } as never);
  state = { enabled: true, since: "2026-05-03T12:00:00Z", recovery_codes_left: 1, has_password: true };
  type("Code", " 123456 ");
  press("Turn on");
  await screen.findByText("MFRG-GZDF-MZTW-Q2LK");
  expect(POST).toHaveBeenLastCalledWith("/api/auth/second-factor/confirm", { body: { code: "123456" } });
  await screen.findByText("On since May 3, 2026.");
});

it("asks for a code when the server does, and sends it with the password", async () => {
  state = { enabled: true, since: "2026-05-03T12:00:00Z", recovery_codes_left: 3, has_password: true };
  show();
  await screen.findByText("3 recovery codes are left.");
  press("Turn off");
  DELETE.mockRejectedValueOnce(refused("SECOND_FACTOR_REQUIRED"));
  type("Current password", PASSWORD);
  press("Turn off for good");
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Code")));
  press("Turn off for good");
  await screen.findByText("Enter the code.");
  expect(DELETE).toHaveBeenCalledTimes(1);
  DELETE.mockResolvedValueOnce({} as never);
  state = { enabled: false, since: null, recovery_codes_left: 0, has_password: true };
  type("Code", "123456");
  press("Turn off for good");
  await screen.findByText("The second factor is off.");
  const body = { password: PASSWORD, code: "123456" };
  expect(DELETE).toHaveBeenLastCalledWith("/api/auth/second-factor", { body });
});

it("asks an account without a password for none", async () => {
  state = { ...state, has_password: false };
  show();
  await screen.findByText("The second factor is off.");
  press("Turn on");
  expect(screen.queryByLabelText("Current password")).toBeNull();
  POST.mockRejectedValueOnce(refused("SIGN_IN_AGAIN"));
  press("Go on");
  await screen.findByText(/This needs a login of the last ten minutes/);
});
