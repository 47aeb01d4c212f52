import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it, vi } from "vitest";
import { IntlProvider } from "use-intl";

import { createQueryClient, keys } from "@/api/queries";
import type { Medium } from "@/api/schema";
import { english } from "@/i18n/messages";
import { mediumNamed } from "@/library/medium.fixture";
import { choose, choosePage, NOTHING, type Selection } from "@/library/selection";
import library from "@messages/en/library.json";

import { useListKeys } from "./keys";
import { Table } from "./table";

const NOW = new Date("2026-11-20T12:00:00Z");
const acts = { search: vi.fn(), help: vi.fn() };

function List({ media }: { media: Medium[] }) {
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const rows = media.map(({ id }) => id);
  const onChoose = (id: string, range: boolean) => setSelection((now) => choose(now, rows, id, { range }));
  useListKeys({ onChoose, onSearch: acts.search, onHelp: acts.help });
  return (
    <>
      <input aria-label="elsewhere" />
      <Table
        media={media}
        selection={selection}
        now={NOW}
        onChoose={onChoose}
        onChoosePage={() => setSelection((now) => choosePage(now, rows))}
      />
      <output>{[...selection.ids].sort().join()}</output>
    </>
  );
}

function show(media: Medium[]) {
  const client = createQueryClient();
  client.setQueryData(keys.me, { id: "me", workspaces: [] });
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={{ ...english, library }} timeZone="UTC">
        <List media={media} />
      </IntlProvider>
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

const chosen = () => screen.getByRole("status").textContent;

it("is gone through and chosen from by keys, which are text in a field", async () => {
  const user = show(["a", "b", "c", "d"].map((id) => mediumNamed(id)));
  await user.keyboard("jj");
  expect(document.activeElement?.textContent).toBe("b.mp4");
  await user.keyboard("xjj");
  expect(document.activeElement?.textContent).toBe("d.mp4");
  await user.keyboard("{Shift>}X{/Shift}k");
  expect(chosen()).toBe("b,c,d");
  expect(document.activeElement?.textContent).toBe("c.mp4");
  await user.keyboard("/?");
  expect([acts.search.mock.calls.length, acts.help.mock.calls.length]).toEqual([1, 1]);
  await user.type(screen.getByLabelText("elsewhere"), "jx/?");
  expect([chosen(), acts.search.mock.calls.length]).toEqual(["b,c,d", 1]);
});

it("shows what machine and people say with how sure they are, and for how long a file is kept", () => {
  const label = { value: "manipulated", kind: null, grade: "double", revision: 1 };
  const hold = {
    by: "ada@example.org",
    at: "2026-11-20T10:00:00Z",
    reason: "A complaint.",
    keeps: "file",
  } as const;
  show([
    mediumNamed("a", { label, hold }),
    mediumNamed("b", { verdict: "no_signs", score: 0.2, expires_at: "2026-11-21T08:30:00Z" }),
    mediumNamed("c", { verdict: "inconclusive", score: 0.5, deleted_at: "2026-11-20T11:00:00Z" }),
  ]);
  const [, a, b, c] = screen
    .getAllByRole("row")
    .map((row) => (row.textContent ?? "").replaceAll("\u00a0", " "));
  expect(a).toContain("Signs (84 %)");
  expect(a).toContain("Manipulated²");
  expect(a).toContain("by two readers");
  expect(a).toContain("Held");
  expect(b).toContain("Not flagged (20 %)");
  expect(b).toContain("20 h");
  // An inconclusive file has no estimate anywhere.
  expect(c).toContain("Inconclusive");
  expect(c).not.toContain("50 %");
  expect(c).toContain("Deleted");
});

it("blurs the picture of a sensitive file until it is asked for", async () => {
  const user = show([mediumNamed("a", { sensitivity: "sensitive" }), mediumNamed("b")]);
  const [veiled, plain] = [...document.querySelectorAll("img")];
  expect(veiled?.className).toMatch(/blur.*grayscale/);
  expect(plain?.className).not.toMatch(/blur/);
  await user.click(
    within(screen.getByRole("table")).getByRole("button", { name: "Show the picture of a.mp4" }),
  );
  expect(veiled?.className).not.toMatch(/blur/);
});
