// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";

import { ApiError } from "@/api/errors";
import { chooseWorkspace } from "@/api/workspace";

import { Beginnings } from "./beginnings";
import { beginBatch } from "./many";

vi.mock("./many", () => ({ beginBatch: vi.fn() }));

const DROPPED = { files: [], folders: [] };
const MAKING = { limits: null, named: String };

beforeEach(() => {
  vi.mocked(beginBatch).mockReset();
  localStorage.clear();
});

test("whatever ends the making of a batch is said, also what nobody has foreseen", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const beginnings = new Beginnings();
  for (const [error, code] of [
    [new DOMException("", "NotReadableError"), "INTERNAL_ERROR"],
    [new ApiError("BATCH_TOO_LARGE", "", 409), "BATCH_TOO_LARGE"],
  ] as const) {
    vi.mocked(beginBatch).mockRejectedValueOnce(error);
    await expect(beginnings.begin(DROPPED, MAKING)).resolves.toBeNull();
    expect(beginnings.snapshot()).toMatchObject({ underWay: [], missed: { failure: { code } } });
  }
  expect(logged).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: "NotReadableError" }));
  logged.mockRestore();
  vi.mocked(beginBatch).mockResolvedValueOnce("batch-1");
  await expect(beginnings.begin(DROPPED, MAKING)).resolves.toBe("batch-1");
  expect(beginnings.snapshot()).toEqual({ underWay: [], missed: null });
});

test("an archive goes to the workspace it was dropped for, shows how far it is, and can be stopped", async () => {
  chooseWorkspace("newsroom");
  vi.mocked(beginBatch).mockImplementation((_dropped, { onArchive, signal }) => {
    onArchive("a.zip", 40);
    return new Promise((_give, fail) => {
      signal.addEventListener("abort", () => fail(new DOMException("", "AbortError")));
    });
  });
  const beginnings = new Beginnings();
  const begun = beginnings.begin(DROPPED, MAKING);
  chooseWorkspace(null);
  await vi.waitFor(() =>
    expect(beginnings.snapshot().underWay[0]?.archive).toEqual({ name: "a.zip", percent: 40 }),
  );
  expect(vi.mocked(beginBatch).mock.calls[0]?.[1].workspace).toBe("newsroom");
  beginnings.snapshot().underWay[0]?.stop();
  await expect(begun).resolves.toBeNull();
  expect(beginnings.snapshot()).toEqual({ underWay: [], missed: { stopped: "a.zip" } });
});
