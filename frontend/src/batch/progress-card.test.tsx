import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, test } from "vitest";

import type { BatchAnswer } from "@/api/schema";
import { english } from "@/i18n/messages";

import { ProgressCard } from "./progress-card";
import type { LeftOut, Sending } from "./sender";

const BATCH = { batch_id: "b", items: 0, ended: 0, percent: 0, state: "OPEN", seconds_left: null };

test("files that are not in the batch are listed when somebody asks for them, the others are counted", () => {
  const first = Array.from({ length: 3 }, (_, place): LeftOut => ({
    path: `day/${place}.xmp`,
    failure: { code: "INVALID_MAGIC_BYTES" },
  }));
  const sending: Sending = {
    batch: "b",
    total: 5_000,
    done: 5_000,
    leftOut: { count: 5_000, first },
    waits: false,
    stopped: null,
    ended: true,
  };
  const { container } = render(
    <QueryClientProvider client={new QueryClient()}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <ProgressCard batch={BATCH as BatchAnswer} sending={sending} onClose={() => undefined} />
      </IntlProvider>
    </QueryClientProvider>,
  );
  const details = container.querySelector("details")!;
  expect(details.textContent).toBe("5,000 files are not in the batch. Show why");
  expect(screen.queryAllByRole("listitem", { hidden: true })).toEqual([]);
  details.open = true;
  fireEvent(details, new Event("toggle"));
  expect(screen.getAllByRole("listitem").map(({ textContent }) => textContent?.split(":")[0])).toEqual([
    "day/0.xmp",
    "day/1.xmp",
    "day/2.xmp",
  ]);
  expect(details.textContent).toContain("and 4,997 more");
});
