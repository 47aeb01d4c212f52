// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";

import { api } from "@/api/client";
import { chooseWorkspace, chosenWorkspace } from "@/api/workspace";

import { jobIn, oneOfSeveral, ownJob, workspaceOf } from "./access";
import { job } from "./job.fixture";

const MINE = { id: "own", personal: true };
const NEWSROOM = { id: "newsroom", personal: false };
vi.mock("@/api/client", async (original) => ({
  ...(await original<typeof import("@/api/client")>()),
  api: { GET: vi.fn() },
}));

/** A server that has the first job in the newsroom, and the second in the personal workspace. */
async function answer(path: string, { params }: Request) {
  if (path === "/api/auth/me")
    return { data: { workspaces: [MINE, NEWSROOM] }, response: new Response(null, { status: 200 }) };
  const [id, asked] = [params.path?.job_id, params.header?.["X-Workspace"]];
  if (asked === (id === "job-1" ? "newsroom" : ""))
    return { data: job(), response: new Response(null, { status: 200 }) };
  const error = { error: { error_code: "NOT_FOUND", message: "…" } };
  return { error, response: new Response(null, { status: 404 }) };
}
type Request = { params: { path?: { job_id: string }; header?: Record<string, string> } };

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

test("jobs of two workspaces are read beside each other, and neither changes the chosen one", async () => {
  const both = [oneOfSeveral("job-1"), oneOfSeveral("job-2")];
  const read = () => Promise.all(both.map((one) => one.read(signal)));
  await read();
  expect(chosenWorkspace()).toBeNull();
  chooseWorkspace("another");
  await read();
  expect(chosenWorkspace()).toBe("another");
  expect(workspaceOf("job-1")).toBe("newsroom");
});

test("that another workspace could not be asked is not the same as that the job is nowhere", async () => {
  vi.mocked(api.GET).mockImplementation((async (path: string, request: Request) => {
    if (request.params.header?.["X-Workspace"] !== "newsroom") return answer(path, request);
    return { error: {}, response: new Response(null, { status: 503 }) };
  }) as never);
  await expect(ownJob("job-1").read(signal)).rejects.toMatchObject({ status: 503 });
});
