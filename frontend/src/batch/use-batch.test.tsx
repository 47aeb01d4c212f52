import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { api } from "@/api/client";
import type { BatchAnswer } from "@/api/schema";
import { createQueryClient, keys } from "@/api/queries";
import { english } from "@/i18n/messages";

import { BatchPage } from "./batch";
import { BatchList } from "./batch-list";
import { rememberBatch } from "./open-batches";

vi.mock("next/navigation", () => ({
  useRouter: () => ({ replace: vi.fn() }),
  useSearchParams: () => new URLSearchParams({ id: "b" }),
}));
vi.mock("next/dynamic", () => ({ default: () => () => null }));
vi.mock("@/api/client", async (original) => ({
  ...(await original<typeof import("@/api/client")>()),
  api: { GET: vi.fn() },
}));

const RUNNING = {
  batch_id: "b",
  name: "Trip",
  state: "RUNNING",
  items: 5,
  ended: 2,
  percent: 40,
  seconds_left: null,
  states: {},
  verdicts: {},
  needs_owner_secret: false,
} as unknown as BatchAnswer;
let refused: { code: string; status: number } | null;

beforeEach(() => {
  vi.useFakeTimers();
  refused = null;
  vi.mocked(api.GET)
    .mockReset()
    .mockImplementation((async (path: string) => {
      if (path.endsWith("/items"))
        return { data: { items: [], next_cursor: null }, response: new Response() };
      if (refused === null) return { data: RUNNING, response: new Response() };
      const error = { error: { error_code: refused.code, message: "…" } };
      return { error, response: new Response(null, { status: refused.status }) };
    }) as never);
});
afterEach(() => vi.useRealTimers());

const reads = () =>
  vi.mocked(api.GET).mock.calls.filter((call) => String(call[0]) === "/api/batches/{batch_id}").length;
const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

function show(page: ReactNode): void {
  const client = createQueryClient();
  client.setQueryData(keys.me, null);
  client.setQueryData(keys.limits, null);
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        {page}
      </IntlProvider>
    </QueryClientProvider>,
  );
}

test.each([
  ["NOT_FOUND", 404, english.batch.empty],
  ["INTERNAL_ERROR", 500, english.failures.INTERNAL_ERROR.summary],
])(
  "of a visitor's list a batch that is gone is left out; %s %d is not the same",
  async (code, status, words) => {
    rememberBatch({ id: "b", name: "Trip", addedAt: "2026-11-01T00:00:00Z" });
    refused = { code, status };
    show(<BatchList />);
    await pass(10_000);
    expect(screen.getByText(words, { exact: false })).toBeTruthy();
  },
);

test.each([
  ["NOT_FOUND", 404, english.batch.gone],
  ["UNAUTHORIZED", 401, english.failures.UNAUTHORIZED.summary],
])(
  "a batch that cannot be read any more, %s, is read no more, and the page says so",
  async (code, status, words) => {
    show(<BatchPage />);
    await pass(0);
    expect(screen.getByText("2 of 5 done")).toBeTruthy();
    refused = { code, status };
    await pass(2_000);
    expect(screen.getByRole("alert").textContent).toContain(words);
    expect(screen.queryByText("2 of 5 done")).toBeNull();
    const signIn = screen.queryByRole("link", { name: "Sign in" })?.getAttribute("href") ?? "";
    const next = new URLSearchParams(signIn.split("?")[1]).get("next");
    expect(next).toBe(code === "UNAUTHORIZED" ? "/batch/?id=b" : null);
    const before = reads();
    await pass(30_000);
    expect(reads()).toBe(before);
  },
);
