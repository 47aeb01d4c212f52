import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { IntlProvider } from "use-intl";
import { beforeEach, expect, test, vi } from "vitest";

import { ApiError } from "@/api/errors";
import { english } from "@/i18n/messages";
import { exampleAnswer } from "@/viewer/example.fixture";
import { Viewer, type OnMark } from "@/viewer/viewer";

vi.setConfig({ testTimeout: 30_000 });

beforeEach(() => {
  const observer = class {
    observe() {}
    disconnect() {}
  };
  vi.stubGlobal("ResizeObserver", observer);
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  vi.spyOn(HTMLMediaElement.prototype, "pause").mockImplementation(() => undefined);
});

function open(onMark?: OnMark, preview: string | null = "/preview.mp4") {
  const answer = exampleAnswer({ preview_url: preview, tracks: [], top_k_suspicious: [], timeline: [] });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <Viewer
          answer={answer}
          source={{ artifactUrl: (url) => url ?? null, localFile: null }}
          onMark={onMark}
        />
      </IntlProvider>
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

test("a box is moved and resized by keys and numbers, and sent with the time of the frame", async () => {
  const onMark = vi.fn<OnMark>(async () => undefined);
  const user = open(onMark);
  await user.click(await screen.findByRole("button", { name: "Mark a face" }));
  const box = screen.getByRole("application");
  expect(box.getAttribute("aria-label")).toMatch(
    /^Marked face: 30 px from the left, 5 px from the top, 40 px wide, 40 px/,
  );
  box.focus();
  await user.keyboard("{ArrowRight}{ArrowDown}{Shift>}{ArrowRight}{/Shift}");
  expect(box.getAttribute("aria-label")).toMatch(
    /^Marked face: 31 px from the left, 6 px from the top, 41 px wide, 40 px/,
  );
  await user.clear(screen.getByLabelText("Width, px"));
  await user.type(screen.getByLabelText("Width, px"), "60{Enter}");
  await user.click(screen.getByRole("button", { name: "Score this face" }));
  expect(onMark).toHaveBeenCalledExactlyOnceWith([31, 6, 91, 46], 0);
});

test("what is refused is said, and the box stays", async () => {
  const user = open(async () => {
    throw new ApiError("EXPIRED", "gone", 410);
  });
  await user.click(await screen.findByRole("button", { name: "Mark a face" }));
  await user.click(screen.getByRole("button", { name: "Score this face" }));
  expect((await screen.findByRole("alert")).textContent).toMatch(/The files have been deleted/);
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("application")).toBeNull();
});

test("nothing is marked without a picture, or by readers of a link", async () => {
  open(undefined);
  await screen.findByRole("region", { name: "Evidence viewer" });
  expect(screen.queryByRole("button", { name: "Mark a face" })).toBeNull();
  open(async () => undefined, null);
  expect(screen.queryByRole("button", { name: "Mark a face" })).toBeNull();
});
