import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { IntlProvider } from "use-intl";

import { createQueryClient, keys } from "@/api/queries";
import type { MediaPage } from "@/api/schema";
import { english } from "@/i18n/messages";
import { NOTHING, type Selection } from "@/library/selection";
import { WHOLE } from "@/library/query";
import library from "@messages/en/library.json";

import { mediumNamed } from "@/library/medium.fixture";
import { BulkBar } from "./bulk-bar";

const { GET, POST } = vi.hoisted(() => ({ GET: vi.fn(), POST: vi.fn() }));
vi.mock("@/api/client", async (original) => ({ ...(await original<object>()), api: { GET, POST } }));
beforeEach(() => {
  GET.mockReset();
  POST.mockReset();
});

const answers = (status: number, body: object) =>
  POST.mockResolvedValueOnce({
    response: new Response(null, { status }),
    ...(status < 400 ? { data: body } : { error: body }),
  });
const sent = () => POST.mock.calls.map(([, options]) => (options as { body: object }).body);

function show(
  selection: Selection,
  page: Partial<MediaPage> = {},
  may = ["read", "comment", "hold", "analyse"],
) {
  const client = createQueryClient();
  client.setQueryData(keys.me, { id: "me", workspaces: [{ id: "me", name: "", personal: true, may }] });
  const media = [mediumNamed("a"), mediumNamed("b")];
  const onNone = vi.fn();
  const onAll = vi.fn();
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={{ ...english, library }} timeZone="UTC">
        <BulkBar
          query={{ ...WHOLE, q: "held:no" }}
          page={{ media, total: 2, more: false, cursor: null, ...page }}
          selection={selection}
          onAll={onAll}
          onNone={onNone}
        />
      </IntlProvider>
    </QueryClientProvider>,
  );
  return { onNone, onAll, user: userEvent.setup() };
}

const BOTH: Selection = { ids: new Set(["a", "b"]), all: false, anchor: null };

it("asks again with the true number where it differs from the one that was shown, and changes nothing before", async () => {
  answers(409, { error: { error_code: "COUNT_DIFFERS", message: "", details: { count: 1 } } });
  answers(200, { matched: 1, changed: 1, held: 0, refused: 0 });
  const { onNone, user } = show(BOTH);
  await user.click(screen.getByRole("button", { name: "Hold" }));
  const dialog = screen.getByRole("dialog", { name: "Hold 2 files" });
  await user.type(within(dialog).getByLabelText("Reason"), "A complaint.");
  await user.click(within(dialog).getByRole("button", { name: "Yes, 2 files" }));
  expect((await within(dialog).findByRole("alert")).textContent).toContain(
    "2 files were shown, and now there is 1",
  );
  expect(onNone).not.toHaveBeenCalled();
  await user.click(within(dialog).getByRole("button", { name: "Yes, 1 file" }));
  await waitFor(() => expect(onNone).toHaveBeenCalled());
  const wanted = { ids: ["a", "b"], action: "hold", reason: "A complaint." };
  expect(sent()).toEqual([
    { ...wanted, expect_count: 2 },
    { ...wanted, expect_count: 1 },
  ]);
});

it("sends the query for all that it finds, and says what was left as it is", async () => {
  answers(200, { matched: 70, changed: 60, held: 9, refused: 1 });
  const { user } = show({ ...NOTHING, all: true }, { total: 70, cursor: "next" });
  await user.click(screen.getByRole("button", { name: "Delete" }));
  await user.click(screen.getByRole("button", { name: "Yes, 70 files" }));
  await waitFor(() =>
    expect(sent()).toEqual([{ ids: [], q: "held:no", action: "delete", expect_count: 70 }]),
  );
});

it("follows what goes on in the background, in the dialog and beside the list, until it has ended", async () => {
  const running = { id: "x", action: "forget", state: "running", matched: 700, done: 0, changed: 0, held: 0 };
  const ended = { ...running, state: "done", done: 700, changed: 690, held: 4, refused: 6 };
  answers(202, { ...running, refused: 0, created_at: "", finished_at: null });
  let answer: (found: object) => void = () => {};
  GET.mockImplementation(() => new Promise((resolve) => (answer = resolve)));
  const { onNone, user } = show({ ...NOTHING, all: true }, { total: 700, cursor: "next" });
  await user.click(screen.getByRole("button", { name: "Forget" }));
  await user.click(screen.getByRole("button", { name: "Yes, 700 files" }));
  const dialog = screen.getByRole("dialog", { name: "Forget 700 files" });
  const bar = await within(dialog).findByRole<HTMLProgressElement>("progressbar");
  expect([bar.max, bar.value, onNone.mock.calls.length]).toEqual([700, 0, 1]);
  expect(within(dialog).getByText("0 of 700 files")).toBeTruthy();
  await user.click(within(dialog).getAllByRole("button", { name: "Close" })[1]!);
  expect(screen.getByRole("progressbar")).toBeTruthy();
  answer({ response: new Response(null, { status: 200 }), data: ended });
  expect((await screen.findByText(/690 files were changed/)).textContent).toContain(
    "4 held files were left as they are. 6 files were sent or worked on by others",
  );
});

it("offers all of the search once a whole page is chosen, unless there are more than can be counted", async () => {
  const { onAll, user } = show(BOTH, { total: 70, cursor: "next" });
  await user.click(screen.getByRole("button", { name: "Choose all 70 of this search" }));
  expect(onAll).toHaveBeenCalled();
});

it("offers only what the reader's role allows, and no more than can be counted", () => {
  show(BOTH, { total: 10_000, more: true, cursor: "next" }, ["read", "comment"]);
  expect(screen.getByText(/More than 10,000 match/)).toBeTruthy();
  const offered = within(screen.getByRole("group")).getAllByRole("button");
  expect(offered.map((button) => button.textContent)).toEqual([
    "Add tag",
    "Remove tag",
    "Mark as sensitive",
    "Not sensitive",
  ]);
});
