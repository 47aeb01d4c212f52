import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, renderHook, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { IntlProvider } from "use-intl";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { api } from "@/api/client";
import { keys } from "@/api/queries";
import { chooseWorkspace } from "@/api/workspace";
import type { Row } from "@/history/row";
import { english } from "@/i18n/messages";
import { Announcer } from "@/ui/announcer";

import { UNDO_MS } from "./deletions";
import { useDeletions, type RowDeletions } from "./use-deletions";

vi.mock("@/api/client", async (original) => ({
  ...(await original<typeof import("@/api/client")>()),
  api: { DELETE: vi.fn() },
}));

const ROW = { id: "job-1", name: "face.jpg" } as Row;
const client = new QueryClient();
const wrapper = ({ children }: { children: ReactNode }) => (
  <QueryClientProvider client={client}>
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      <Announcer>{children}</Announcer>
    </IntlProvider>
  </QueryClientProvider>
);

/** A server that has the job in one workspace, or refuses to delete it. */
function serve(workspace: string, refused?: string) {
  vi.mocked(api.DELETE).mockImplementation((async (
    _path: string,
    { params }: { params: { header: Record<string, string> } },
  ) => {
    const here = params.header["X-Workspace"] === workspace;
    const code = here ? refused : "NOT_FOUND";
    const status = here ? (refused === undefined ? 200 : 409) : 404;
    const error = code === undefined ? undefined : { error: { error_code: code, message: "…" } };
    return { data: { outcome: "deleted" }, error, response: new Response(null, { status }) };
  }) as never);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(api.DELETE).mockReset();
  localStorage.clear();
});
afterEach(() => vi.useRealTimers());

const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

test("a row is deleted in the workspace in which it was removed, whichever one is chosen meanwhile", async () => {
  serve("newsroom");
  chooseWorkspace("newsroom");
  const { result } = renderHook(() => useDeletions(), { wrapper });
  act(() => result.current.remove(ROW));
  chooseWorkspace(null);
  await pass(UNDO_MS);
  expect(api.DELETE).toHaveBeenCalledOnce();
  const answers = vi
    .mocked(api.DELETE)
    .mock.results.map(({ value }) => value as Promise<{ response: Response }>);
  expect((await answers[0])?.response.status).toBe(200);
  expect(result.current.marks.get("job-1")).toBe("gone");
});

test("a deletion that is refused after the page was left is announced, and shown on the page when it is next", async () => {
  serve("newsroom", "HELD");
  chooseWorkspace("newsroom");
  client.setQueryData(keys.me, { id: "ada" });
  const page = leavingAfterRemoval();
  await pass(0);
  expect(screen.getByRole("status").textContent).toBe("face.jpg could not be deleted. It is still there.");
  page.showAgain();
  expect(page.now()?.failed).toBe("face.jpg");
  act(() => page.now()?.remove(ROW));
  expect(page.now()?.failed).toBeNull();
});

test("the account that is next in the same page is not told which row of the one before is still there", async () => {
  serve("newsroom", "HELD");
  chooseWorkspace("newsroom");
  client.setQueryData(keys.me, { id: "ada" });
  const page = leavingAfterRemoval();
  client.setQueryData(keys.me, { id: "bob" });
  await pass(0);
  page.showAgain();
  expect(page.now()?.failed).toBeNull();
});

/** A page that is left right after a row was removed. */
function leavingAfterRemoval() {
  let page: RowDeletions | undefined;
  function Page() {
    page = useDeletions();
    return null;
  }
  const { rerender } = render(<Page />, { wrapper });
  act(() => page?.remove(ROW));
  rerender(<p>Another page</p>);
  return { now: () => page, showAgain: () => rerender(<Page />) };
}
