import { expect, test } from "vitest";

import {
  EMPTY,
  holds,
  isBusy,
  queueReducer,
  sharesJob,
  startable,
  type Action,
  type Queue,
  type Row,
} from "./queue";

const file = (name: string) => new File(["x"], name, { lastModified: 1 });
const row = (key: string, changes: Partial<Row> = {}): Row => ({
  key,
  name: `${key}.jpg`,
  size: 1,
  kind: "image",
  workspace: null,
  source: file(`${key}.jpg`),
  alone: false,
  phase: { is: "waiting" },
  ...changes,
});
const run = (queue: Queue, ...actions: Action[]) => actions.reduce(queueReducer, queue);
const phases = (queue: Queue) => queue.rows.map(({ phase }) => phase.is);
const three = run(EMPTY, { do: "add", rows: [row("a"), row("b"), row("c")] });
const sent = (key: string, kind: "image" | "video" = "image"): Action => ({
  do: "sent",
  key,
  jobId: `job-${key}`,
  kind,
  reused: false,
});

test("two are sent at once, the next when one is through", () => {
  const both = run(three, { do: "start", key: "a" }, { do: "start", key: "b" });
  expect(startable(three).map(({ key }) => key)).toEqual(["a", "b"]);
  expect(startable(both)).toEqual([]);
  expect(startable(run(both, sent("a"))).map(({ key }) => key)).toEqual(["c"]);
});

test("a hold sends the file back to wait, and nothing starts until it is released", () => {
  const held = run(
    three,
    { do: "start", key: "a" },
    { do: "hold", key: "a", hold: { why: "rate", until: 5 } },
  );
  expect(phases(held)).toEqual(["waiting", "waiting", "waiting"]);
  expect(startable(held)).toEqual([]);
  expect(startable(run(held, { do: "release" }))).toHaveLength(2);
});

test("a file on its way elsewhere goes on during a hold", () => {
  const held = run(
    three,
    { do: "start", key: "a" },
    { do: "start", key: "b" },
    { do: "hold", key: "a", hold: { why: "signIn", until: null } },
  );
  expect(phases(run(held, sent("b")))).toEqual(["waiting", "sent", "waiting"]);
});

test("a cancelled file is not brought back by what arrives late", () => {
  const cancelled = run(three, { do: "start", key: "a" }, { do: "cancel", key: "a" });
  const late = run(cancelled, { do: "progress", key: "a", sent: 1 }, sent("a"), {
    do: "refuse",
    key: "a",
    failure: { code: "OFFLINE" },
  });
  expect(phases(late)[0]).toBe("cancelled");
});

test("refused and cancelled files are checked again on request; a job's row without its file is not", () => {
  const refused = run(three, { do: "refuse", key: "a", failure: { code: "OFFLINE" } });
  expect(phases(run(refused, { do: "again", key: "a" }))[0]).toBe("checking");
  const kept = run(EMPTY, {
    do: "add",
    rows: [row("a", { source: null, phase: { is: "sent", jobId: "j", reused: false, ended: true } })],
  });
  expect(phases(run(kept, { do: "again", key: "a" }))[0]).toBe("sent");
});

test("a file is alone until others come", () => {
  const alone = run(EMPTY, { do: "add", rows: [row("a", { alone: true })] });
  expect(alone.rows[0]?.alone).toBe(true);
  expect(run(alone, { do: "add", rows: [row("b")] }).rows[0]?.alone).toBe(false);
  expect(run(alone, { do: "stay" }).rows[0]?.alone).toBe(false);
});

test("clearing takes only what is over, and a hold that holds nothing goes", () => {
  const mixed = run(
    three,
    { do: "start", key: "a" },
    sent("a"),
    { do: "ended", key: "a", ended: true },
    { do: "cancel", key: "b" },
  );
  expect(run(mixed, { do: "clear" }).rows.map(({ key }) => key)).toEqual(["c"]);
  const held = run(
    EMPTY,
    { do: "add", rows: [row("a")] },
    { do: "start", key: "a" },
    { do: "hold", key: "a", hold: { why: "model", until: null } },
  );
  expect(run(held, { do: "remove", key: "a" }).hold).toBeNull();
});

test("another account's jobs go, its waiting files stay", () => {
  const both = run(three, { do: "start", key: "a" }, sent("a"), { do: "forgetJobs" });
  expect(both.rows.map(({ key }) => key)).toEqual(["b", "c"]);
});

test("leaving is warned of only while something is not yet sent", () => {
  expect(isBusy(three)).toBe(true);
  const one = run(EMPTY, { do: "add", rows: [row("a")] }, { do: "start", key: "a" });
  expect(isBusy(one)).toBe(true);
  expect(isBusy(run(one, sent("a")))).toBe(false);
});

test("the same file is known while it is under way", () => {
  expect(holds(three, file("a.jpg"), null)).toBe(true);
  expect(holds(three, file("z.jpg"), null)).toBe(false);
  expect(holds(three, file("a.jpg"), "newsroom")).toBe(false);
  expect(holds(run(three, { do: "cancel", key: "a" }), file("a.jpg"), null)).toBe(false);
});

test("of two rows with one job the first that is given up leaves the job to the other", () => {
  const one = (key: string): Action => ({
    do: "sent",
    key,
    jobId: "job",
    kind: "image",
    reused: key === "b",
  });
  const both = run(three, { do: "start", key: "a" }, { do: "start", key: "b" }, one("a"), one("b"));
  expect(sharesJob(both, "a", "job")).toBe(true);
  const left = run(both, { do: "leave", key: "a" });
  expect(phases(left)).toEqual(["cancelled", "sent", "waiting"]);
  expect(sharesJob(left, "b", "job")).toBe(false);
  expect(sharesJob(run(both, { do: "ended", key: "b", ended: true }), "a", "job")).toBe(false);
  expect(sharesJob(three, "a", "job")).toBe(false);
});
