import { QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import review from "@messages/en/review.json";
import { IntlProvider } from "use-intl";
import { beforeEach, expect, it, vi } from "vitest";

import { ApiError } from "@/api/errors";
import { createQueryClient, keys } from "@/api/queries";
import type { ClaimedTask, MyReviews, TaskTold, Workspace } from "@/api/schema";
import { english } from "@/i18n/messages";

import { Desk } from "./desk";

type Sent = { path: string; body: Record<string, unknown> };

const server = vi.hoisted(() => ({
  answer: null as unknown as (sent: Sent) => unknown,
  mine: null as unknown as Pick<MyReviews, "claimed" | "waiting" | "waiting_by_reason">,
}));
vi.mock("@/api/client", () => ({
  api: {
    GET: async () => ({ ...server.mine, reviews: [], next: null }),
    POST: async (path: string, { body }: Omit<Sent, "path">) => server.answer({ path, body }),
  },
  unwrap: async (request: Promise<unknown>) => request,
}));

const TASK: ClaimedTask = {
  id: "one",
  lease: "first",
  lease_expires_at: "2026-11-29T12:15:00Z",
  blind: true,
  file: {
    kind: "image",
    name: "street.jpg",
    sha256: "0".repeat(64),
    content_type: "image/jpeg",
    size_bytes: 1000,
    width: 640,
    height: 360,
    duration_ms: 0,
    frame_count: 1,
    source: null,
    preview_url: "/api/review/tasks/one/preview",
    preview_sound: false,
    original_url: null,
  },
  persons: [],
  told: null,
};

const lost = () => Promise.reject(new ApiError("TASK_LOST", "", 409));
const note = () => screen.getByLabelText<HTMLTextAreaElement>("Note");

function show(claimed: string | null = TASK.id, reasons: MyReviews["waiting_by_reason"] = null) {
  server.mine = { claimed, waiting: 2, waiting_by_reason: reasons };
  const client = createQueryClient();
  client.setQueryData(keys.me, null);
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={{ ...english, review }} timeZone="UTC">
        <Desk workspace={{ asks_for_reviews: true, may: ["review"] } as Workspace} />
      </IntlProvider>
    </QueryClientProvider>,
  );
}

beforeEach(() => localStorage.clear());

it("claims nothing when it is opened, but at the press of a key, and shows a lead alone why files wait", async () => {
  const sent: Sent[] = [];
  server.answer = (one) => {
    sent.push(one);
    return { task: TASK, waiting: 1 };
  };
  show(null);
  expect(await screen.findByText("2 files wait for a reader")).toBeTruthy();
  expect(screen.queryByText("Why they wait")).toBeNull();
  expect(sent).toEqual([]);
  await userEvent.setup().keyboard("{Enter}");
  const heading = await screen.findByRole("heading", { name: "street.jpg" });
  expect(document.activeElement).toBe(heading);
  expect(sent.map(({ path }) => path)).toEqual(["/api/review/tasks/next"]);
  cleanup();
  show(null, { asked: 1, in_band: 2 });
  await userEvent.setup().click(await screen.findByText("Why they wait"));
  expect(screen.getByRole("link", { name: "No verdict (2)" }).getAttribute("href")).toBe(
    "/review?reason=in_band",
  );
});

it("says that a claim was lost, keeps what was filled in, and goes on with it once it is claimed again", async () => {
  const claims = [TASK, { ...TASK, lease: "second" }];
  const sent: Sent[] = [];
  server.answer = (one) => {
    sent.push(one);
    if (one.path.endsWith("/keep")) return lost();
    if (one.path.endsWith("/next")) return { task: claims.shift() ?? null, waiting: 0 };
    return {
      task: { reason: "asked", state: "closed", note: null },
      machine: null,
      reviews: [],
      label: null,
    };
  };
  show();
  const user = userEvent.setup();
  fireEvent.change(await screen.findByLabelText("Note"), { target: { value: "The shadows part." } });
  expect(screen.queryByRole("alert")).toBeNull();
  act(() => void dispatchEvent(new Event("visibilitychange")));
  expect(await screen.findByText("This file is not yours any more")).toBeTruthy();
  expect(note().value).toBe("The shadows part.");

  await user.click(screen.getByRole("button", { name: "Claim it again" }));
  await waitFor(() => expect(screen.queryByText("This file is not yours any more")).toBeNull());
  expect(note().value).toBe("The shadows part.");
  await user.click(screen.getByRole("radio", { name: /^Cannot tell/ }));
  await user.click(screen.getByRole("button", { name: /^Submit/ }));
  await screen.findByRole("heading", { name: "Answered: street.jpg" });
  expect(sent.at(-1)?.body).toMatchObject({ lease: "second", answer: "unknown", note: "The shadows part." });
  expect(Object.keys(localStorage)).toEqual([]);
});

it("takes the next file without the skipped one, and says when all that waits was skipped", async () => {
  const sent: Sent[] = [];
  server.answer = (one) => {
    sent.push(one);
    if (!one.path.endsWith("/next")) return {};
    const skipped = (one.body.without as string[]).length > 0;
    return { task: skipped ? null : TASK, waiting: 1 };
  };
  show();
  const user = userEvent.setup();
  await screen.findByRole("heading", { name: "street.jpg" });
  await user.keyboard("s");
  expect(await screen.findByText("You have skipped all that waits")).toBeTruthy();
  expect(sent.map(({ path }) => path.split("/").at(-1))).toEqual(["next", "release", "next"]);
  await user.click(screen.getByRole("button", { name: "Show skipped files again" }));
  expect(await screen.findByRole("heading", { name: "street.jpg" })).toBeTruthy();
});

it("hands in nothing as long as a part is missing, and says which", async () => {
  const answers: TaskTold[] = [];
  server.answer = ({ path }) => {
    if (path.endsWith("/answer")) answers.push({} as TaskTold);
    return { task: TASK, waiting: 0 };
  };
  show();
  const user = userEvent.setup();
  await screen.findByRole("heading", { name: "street.jpg" });
  await user.keyboard("3{Enter}");
  const said = await screen.findByRole("alert");
  expect(said.textContent).toContain("Choose how it was manipulated or generated");
  expect(said.textContent).toContain("Say what your answer stands on.");
  expect(document.activeElement?.contains(said)).toBe(true);
  expect(answers).toEqual([]);
});
