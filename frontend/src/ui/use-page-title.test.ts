// @vitest-environment jsdom
import { renderHook, waitFor } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";

import { usePageTitle } from "./use-page-title";

beforeEach(() => {
  document.title = "Result";
});

test("the tab shows how far an analysis is, and afterwards the page's own title", () => {
  const { rerender, unmount } = renderHook(({ title }) => usePageTitle(title), {
    initialProps: { title: "0 % clip.mp4" },
  });
  expect(document.title).toBe("0 % clip.mp4");
  rerender({ title: "40 % clip.mp4" });
  expect(document.title).toBe("40 % clip.mp4");
  unmount();
  expect(document.title).toBe("Result");
});

test("a page's own title that comes late waits its turn", async () => {
  document.title = "Start";
  const { unmount } = renderHook(() => usePageTitle("0 % clip.mp4"));
  document.title = "Result";
  await waitFor(() => expect(document.title).toBe("0 % clip.mp4"));
  unmount();
  expect(document.title).toBe("Result");
});

test("the title of another page is left alone", async () => {
  const { unmount } = renderHook(() => usePageTitle("0 % clip.mp4"));
  history.pushState(null, "", "/history/");
  document.title = "History";
  await new Promise((resolve) => setTimeout(resolve));
  expect(document.title).toBe("History");
  unmount();
  expect(document.title).toBe("History");
});
