// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";

import { api } from "@/api/client";
import { chooseWorkspace, chosenWorkspace } from "@/api/workspace";

import { jobIn, ownJob } from "./access";
import { job } from "./job.fixture";

const MINE = { id: "own", personal: true };
const NEWSROOM = { id: "newsroom", personal: false };
vi.mock("@/api/client", async (original) => ({
  ...(await original<typeof import("@/api/client")>()),
  api: { GET: vi.fn() },
}));

/** A server that has the job in the newsroom. */
async function answer(path: string, { params }: { params: { header?: Record<string, string> } }) {
  if (path === "/api/auth/me")
    return { data: { workspaces: [MINE, NEWSROOM] }, response: new Response(null, { status: 200 }) };
  const asked = params.header?.["X-Workspace"] ?? chosenWorkspace();
  if (asked === "newsroom") return { data: job(), response: new Response(null, { status: 200 }) };
  const error = { error: { error_code: "NOT_FOUND", message: "…" } };
  return { error, response: new Response(null, { status: 404 }) };
}

beforeEach(() => {
  localStorage.clear();
  vi.mocked(api.GET).mockImplementation(answer as never);
});

const signal = new AbortController().signal;

test("a row's job is read in its own workspace and chooses none", async () => {
  const inNewsroom = jobIn("newsroom", "job-1");
  await expect(inNewsroom.read(signal)).resolves.toMatchObject({ job_id: "job-1" });
  expect(inNewsroom.events).toBe("/api/jobs/job-1/events?workspace=newsroom");
  chooseWorkspace("newsroom");
  await expect(jobIn(null, "job-1").read(signal)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(jobIn(null, "job-1").events).toBe("/api/jobs/job-1/events");
  expect(chosenWorkspace()).toBe("newsroom");
});

test("a job that is opened by its link chooses the workspace that has it", async () => {
  await expect(ownJob("job-1").read(signal)).resolves.toMatchObject({ job_id: "job-1" });
  expect(chosenWorkspace()).toBe("newsroom");
});
