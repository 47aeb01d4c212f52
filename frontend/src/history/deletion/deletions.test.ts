import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Deletions, UNDO_MS } from "./deletions";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched() {
  const done: string[] = [];
  return { done, deletions: new Deletions((id) => done.push(id)) };
}

it("deletes after six seconds and not before", () => {
  const { done, deletions } = watched();
  deletions.schedule("a");
  vi.advanceTimersByTime(UNDO_MS - 1);
  expect(done).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(done).toEqual(["a"]);
  expect(UNDO_MS).toBe(6000);
});

it("does not delete what was taken back", () => {
  const { done, deletions } = watched();
  deletions.schedule("a");
  deletions.schedule("b");
  expect(deletions.undo("a")).toBe(true);
  vi.runAllTimers();
  deletions.flush();
  expect(done).toEqual(["b"]);
});

it("can take nothing back afterwards", () => {
  const { deletions } = watched();
  deletions.schedule("a");
  vi.runAllTimers();
  expect(deletions.undo("a")).toBe(false);
});

it("deletes once when the page is left, whatever the timer does", () => {
  const { done, deletions } = watched();
  deletions.schedule("a");
  deletions.schedule("a");
  deletions.flush();
  vi.runAllTimers();
  deletions.flush();
  expect(done).toEqual(["a"]);
});
