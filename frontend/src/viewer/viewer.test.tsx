import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { IntlProvider } from "use-intl";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";

import { english } from "@/i18n/messages";

import { exampleAnswer } from "./example.fixture";
import type { Source } from "./source";
import { Viewer } from "./viewer";

const here: Source = { artifactUrl: (url) => url ?? null, localFile: null };
const gone: Source = { artifactUrl: () => null, localFile: null };

// The charts come late in the app; no test waits for their code.
beforeAll(() => import("./timeline/timeline"), 60_000);
vi.setConfig({ testTimeout: 30_000 });

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
});

async function open(source = here, answer = exampleAnswer()) {
  render(
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      <Viewer answer={answer} source={source} />
    </IntlProvider>,
  );
  const user = userEvent.setup();
  const lane = await screen.findByLabelText("Person B, timeline", {}, { timeout: 10_000 });
  return { user, lane };
}

const value = (element: HTMLElement) => element.getAttribute("aria-valuetext");

test("a lane is one tab stop that says where it is, who it is about, and the score", async () => {
  const { lane } = await open();
  expect(screen.getAllByLabelText(/, timeline$/)).toHaveLength(2);
  expect(lane.getAttribute("role")).toBe("slider");
  expect(lane.tabIndex).toBe(0);
  expect(value(lane)).toBe("0:03.5 of 0:04, Person B, score 88");
});

test("the sound has a lane of its own, which says level and speech, and that no voice was judged", async () => {
  const { user } = await open();
  const lane = screen.getByLabelText("Sound, level and speech");
  lane.focus();
  await user.keyboard("{Home}");
  expect(value(lane)).toBe("0:00.0 of 0:04, no sound, nobody speaks");
  await user.keyboard("{ArrowRight}");
  expect(value(lane)).toMatch(/^0:00\.5 of 0:04, level -\d+ dBFS, nobody speaks$/);
  expect(screen.getByText("The voice itself was not judged.")).toBeTruthy();
});

test("arrows go one sample, with Shift five seconds, Home and End to the ends", async () => {
  const { user, lane } = await open();
  lane.focus();
  await user.keyboard("{ArrowLeft}");
  expect(value(lane)).toBe("0:03.0 of 0:04, Person B, score 84");
  await user.keyboard("{ArrowLeft}");
  expect(value(lane)).toBe("0:02.5 of 0:04, Person B, no face");
  await user.keyboard("{Shift>}{ArrowLeft}{/Shift}");
  expect(value(lane)).toMatch(/^0:00\.0/);
  await user.keyboard("{End}");
  expect(value(lane)).toMatch(/^0:03\.5/);
  await user.keyboard("{Home}{ArrowRight}{ArrowRight}");
  expect(value(screen.getByLabelText("Person A, timeline"))).toBe("0:01.0 of 0:04, Person A, score 30");
});

test("brackets go through the moments, digits to persons, T opens the table, ? the list of keys", async () => {
  const { user, lane } = await open();
  lane.focus();
  await user.keyboard("[[");
  expect(value(lane)).toMatch(/^0:00\.0/);
  expect(screen.getByRole("button", { name: /^Moment 2/, pressed: true })).toBeTruthy();
  await user.keyboard("2");
  expect(document.activeElement).toBe(screen.getByLabelText("Person A, timeline"));
  await user.keyboard("t");
  expect(within(screen.getByRole("table")).getAllByRole("row")).toHaveLength(9);
  await user.keyboard("?");
  expect(await screen.findByRole("dialog", { name: "Keyboard shortcuts" })).toBeTruthy();
});

test("keys can be turned off, which is remembered; lanes keep the keys of sliders", async () => {
  localStorage.setItem("deepshield.viewer.keys", "off");
  const { user, lane } = await open();
  lane.focus();
  await user.keyboard("t");
  expect(screen.queryByRole("table")).toBeNull();
  await user.keyboard("{ArrowLeft}");
  expect(value(lane)).toMatch(/^0:03\.0/);
  await user.click(screen.getByRole("button", { name: "Keyboard shortcuts" }));
  await user.click(await screen.findByRole("checkbox", { name: "Use these shortcuts" }));
  expect(localStorage.getItem("deepshield.viewer.keys")).toBe("on");
});

test("keys outside the viewer do nothing", async () => {
  const { user } = await open();
  (document.activeElement as HTMLElement | null)?.blur();
  await user.keyboard("t");
  expect(screen.queryByRole("table")).toBeNull();
});

test("without a video the cursor still goes to a moment, and its stored frame is shown", async () => {
  const { user, lane } = await open();
  await user.click(screen.getByRole("button", { name: /^Moment 2/ }));
  expect(value(lane)).toMatch(/^0:00\.0/);
  expect(screen.getByRole("img", { name: /Whole frame of number 2/ })).toBeTruthy();
});

test("after deletion timeline and table remain, and notes stand for the pictures", async () => {
  const { user } = await open(gone, { ...exampleAnswer(), files_deleted: true });
  expect(screen.getByText(english.viewer.deleted)).toBeTruthy();
  expect(screen.getByText(english.viewer.picturesDeleted)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Show as table" }));
  expect(screen.getByRole("table")).toBeTruthy();
});

test("the map starts at 55 of 100 and gives way to the plain face", async () => {
  const { user } = await open();
  const slider = screen.getByRole("slider", { name: "Strength of the map" });
  expect((slider as HTMLInputElement).value).toBe("55");
  await user.click(screen.getByRole("button", { name: "Plain" }));
  expect(screen.queryByRole("slider", { name: "Strength of the map" })).toBeNull();
});
