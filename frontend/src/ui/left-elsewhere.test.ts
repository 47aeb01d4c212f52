// @vitest-environment jsdom
import { renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { LEFT, useLeftElsewhere } from "./left-elsewhere";

afterEach(() => vi.unstubAllGlobals());

test("signing out in another tab loads this one anew, and nothing else does", () => {
  const reload = vi.fn();
  vi.stubGlobal("location", { reload });
  const { unmount } = renderHook(() => useLeftElsewhere());
  const stored = (key: string, newValue: string | null) =>
    dispatchEvent(new StorageEvent("storage", { key, newValue }));
  stored("deepshield.theme", "dark");
  stored(LEFT, null);
  expect(reload).not.toHaveBeenCalled();
  stored(LEFT, "1");
  expect(reload).toHaveBeenCalledOnce();
  unmount();
  stored(LEFT, "2");
  expect(reload).toHaveBeenCalledOnce();
});
