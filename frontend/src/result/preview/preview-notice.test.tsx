import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { IntlProvider } from "use-intl";
import { expect, test, vi } from "vitest";

import { api } from "@/api/client";
import { keys } from "@/api/queries";
import { english } from "@/i18n/messages";
import { job } from "@/jobs/job.fixture";

import { PreviewNotice } from "./preview-notice";

vi.setConfig({ testTimeout: 30_000 });

vi.mock("@/api/client", () => ({
  api: { GET: vi.fn(), POST: vi.fn() },
  unwrap: async (answer: Promise<unknown>) => answer,
}));

function open(mayMake: boolean, made: ReturnType<typeof job>) {
  vi.mocked(api.POST).mockResolvedValue(made as never);
  vi.mocked(api.GET).mockResolvedValue(made as never);
  const client = new QueryClient();
  client.setQueryData(keys.result("analysed"), {});
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <PreviewNotice id="analysed" mayMake={mayMake} />
      </IntlProvider>
    </QueryClientProvider>,
  );
  return { user: userEvent.setup(), client };
}

test("a copy is made on demand, and the result read again when there is one", async () => {
  const { user, client } = open(true, job({ job_id: "making", state: "COMPLETED" }));
  await user.click(screen.getByRole("button", { name: "Make the copy" }));
  await waitFor(() => expect(client.getQueryState(keys.result("analysed"))?.isInvalidated).toBe(true));
  expect(screen.queryByRole("button")).toBeNull();
});

test("why there will be none is said", async () => {
  const error = { error_code: "PREVIEW_NOT_MADE", message: "", details: null };
  const { user } = open(true, job({ job_id: "making", state: "FAILED", error }));
  await user.click(screen.getByRole("button", { name: "Make the copy" }));
  expect((await screen.findByRole("alert")).textContent).toMatch(/No preview of this video could be made/);
});

test("without the file, or by another, none is offered", () => {
  open(false, job());
  expect(screen.getByText(/There was no time/)).toBeDefined();
  expect(screen.queryByRole("button")).toBeNull();
});
