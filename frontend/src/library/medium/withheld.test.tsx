import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import library from "@messages/en/library.json";
import { IntlProvider } from "use-intl";
import { expect, it, vi } from "vitest";

import { createQueryClient, keys } from "@/api/queries";
import type { JobSummary, MediumAnalyses, MediumComment } from "@/api/schema";
import { english } from "@/i18n/messages";
import { mediumNamed } from "@/library/medium.fixture";

import { Analyses } from "./analyses";
import { Comments } from "./comments";
import { Facts } from "./facts";
import { History } from "./label-history";

type Asked = { params: { query?: Record<string, unknown> } };

const server = vi.hoisted(() => ({ asked: [] as Asked[], pages: [] as unknown[] }));
vi.mock("@/api/client", () => ({
  api: {
    GET: async (path: string, asked: Asked) => {
      if (!path.startsWith("/api/media/")) return null;
      server.asked.push(asked);
      return server.pages.shift();
    },
  },
  unwrap: async (request: Promise<unknown>) => request,
}));

const WITHHELD = "You are reading this file blind: answer it or give it back first.";
const comment = (id: string, text: string): MediumComment => ({
  id, text, author: "ada@example.org", mine: false, at: "2026-11-20T10:00:00Z", withdrawn_at: null,
}); // prettier-ignore

function client() {
  const made = createQueryClient();
  made.setQueryData(keys.me, null);
  return made;
}

function show(made: ReturnType<typeof client>, children: React.ReactNode) {
  return render(
    <QueryClientProvider client={made}>
      <IntlProvider locale="en" messages={{ ...english, library }} timeZone="UTC">
        {children}
      </IntlProvider>
    </QueryClientProvider>,
  ).container;
}

it("says of a file that is read blind what is withheld, and nowhere that there is none", () => {
  const medium = mediumNamed("a", { withheld: true, verdict: null, score: null, label: null });
  const made = client();
  const job = {
    job_id: "j",
    state: "COMPLETED",
    marked: false,
    withheld: true,
    verdict: null,
    final_score: null,
  };
  made.setQueryData<MediumAnalyses>([...keys.medium("a"), "analyses"], {
    analyses: [{ ...job, created_at: "2026-11-20T10:00:00Z" } as unknown as JobSummary],
  });
  const page = show(
    made,
    <>
      <Facts medium={medium} now={new Date("2026-11-21T00:00:00Z")} />
      <Analyses id="a" withheld />
      <Comments medium={medium} />
      <History medium={medium} />
    </>,
  );
  expect(screen.getAllByText(WITHHELD)).toHaveLength(5);
  expect(page.textContent).not.toMatch(/No comments|no estimate|Not analysed/i);
  expect(server.asked).toEqual([]);
});

it("shows the newest comments, below older ones that are asked for", async () => {
  server.pages = [
    { comments: [comment("c", "Third."), comment("b", "Second.")], next_cursor: "b" },
    { comments: [comment("a", "First.")], next_cursor: null },
  ];
  const page = show(client(), <Comments medium={mediumNamed("a")} />);
  await userEvent.setup().click(await screen.findByRole("button", { name: "Show older comments" }));
  await waitFor(() => expect(page.textContent).toMatch(/First\..*Second\..*Third\./s));
  expect(server.asked.map(({ params }) => params.query?.cursor)).toEqual([undefined, "b"]);
  expect(screen.queryByRole("button", { name: "Show older comments" })).toBeNull();
});
