// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";

import { ApiError } from "@/api/errors";

import { BatchSender, LeftOutError, type Deliver } from "./sender";

const found = (count: number) =>
  Array.from({ length: count }, (_, place) => ({
    file: new File(["x"], `${place}.png`),
    path: `day/${place}.png`,
  }));
const PLACE = { batch: "b", workspace: null, secret: "s" };
const refusedAs = (code: string, status: number, details: Record<string, unknown> | null = null) =>
  new ApiError(code, "", status, details);

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("every file is sent once, some at a time, and the batch is closed after the last", async () => {
  const order: string[] = [];
  let open = 0;
  let most = 0;
  const deliver: Deliver = async (_file, { batch, name, secret }) => {
    most = Math.max(most, ++open);
    await Promise.resolve();
    open--;
    order.push(`${batch} ${secret} ${name}`);
  };
  const sender = new BatchSender();
  await sender.send(PLACE, found(10), deliver, async () => void order.push("closed"));
  expect(order).toHaveLength(11);
  expect(new Set(order.slice(0, 10)).size).toBe(10);
  expect(order[0]).toBe("b s day/0.png");
  expect(order.at(-1)).toBe("closed");
  expect(most).toBe(3);
  expect(sender.sendingTo("b")).toMatchObject({ done: 10, total: 10, ended: true });
  expect(sender.busy).toBe(false);
});

test("a broken line is waited for, and the file that it broke is sent again", async () => {
  vi.useFakeTimers();
  const tries: string[] = [];
  const deliver: Deliver = async (_file, { name }) => {
    tries.push(name);
    if (tries.length === 2) throw new ApiError("OFFLINE", "", 0);
  };
  const sender = new BatchSender();
  const closed = vi.fn(async () => undefined);
  const sent = sender.send(PLACE, found(4), deliver, closed);
  await vi.advanceTimersByTimeAsync(100);
  expect(sender.sendingTo("b")).toMatchObject({ done: 3, ended: false });
  expect(closed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(3_000);
  await sent;
  expect(tries.filter((name) => name === "day/1.png")).toHaveLength(2);
  expect(tries).toHaveLength(5);
  expect(sender.sendingTo("b")).toMatchObject({ waits: false, done: 4, ended: true });
});

test("what is no item of the batch is named with its reason, what the server has noted is not, and the others go on", async () => {
  const bug = new TypeError("unforeseen");
  const deliver: Deliver = async (_file, { name }) => {
    if (name === "day/0.png") throw new LeftOutError({ code: "INVALID_MAGIC_BYTES" });
    if (name === "day/1.png") throw refusedAs("QUOTA_EXCEEDED", 429, { batch_item: true });
    if (name === "day/2.png") throw refusedAs("VALIDATION_ERROR", 422);
    if (name === "day/3.png") throw bug;
  };
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const sender = new BatchSender();
  const closed = vi.fn(async () => undefined);
  const unread = { path: "day/x.png", failure: { code: "FILE_UNREADABLE" } } as const;
  await sender.send(PLACE, found(5), deliver, closed, [unread]);
  const sending = sender.sendingTo("b");
  expect(sending).toMatchObject({ done: 6, total: 6, stopped: null, ended: true });
  const named = sending?.leftOut.first.map(({ path, failure }) => `${path} ${failure.code}`).sort();
  expect(named).toEqual([
    "day/0.png INVALID_MAGIC_BYTES",
    "day/2.png VALIDATION_ERROR",
    "day/3.png INTERNAL_ERROR",
    "day/x.png FILE_UNREADABLE",
  ]);
  expect(closed).toHaveBeenCalledOnce();
  expect(reported.mock.calls).toEqual([[bug]]);
});

test("of many files that are not sent the first are named, and all counted", async () => {
  const deliver: Deliver = async () => {
    throw new LeftOutError({ code: "INVALID_MAGIC_BYTES" });
  };
  const sender = new BatchSender();
  const lists = new Set<unknown>();
  sender.subscribe(() => lists.add(sender.sendingTo("b")?.leftOut.first));
  await sender.send(PLACE, found(250), deliver, async () => undefined);
  expect(sender.sendingTo("b")).toMatchObject({ done: 250, total: 250, leftOut: { count: 250 } });
  expect(sender.sendingTo("b")?.leftOut.first).toHaveLength(200);
  expect(lists.size).toBe(201);
});

test.each([
  ["UNAUTHORIZED", 401],
  ["STORAGE_FULL", 507],
  ["ROLE_MISSING", 403],
  ["FORBIDDEN", 403],
  ["SECOND_FACTOR_UNSET", 403],
])("where the next file would meet the same, %s, sending stops and says why", async (code, status) => {
  const deliver = vi.fn<Deliver>(async () => {
    throw refusedAs(code, status);
  });
  const sender = new BatchSender();
  const closed = vi.fn(async () => undefined);
  await sender.send(PLACE, found(50), deliver, closed);
  expect(deliver.mock.calls.length).toBeLessThanOrEqual(3);
  expect(closed).not.toHaveBeenCalled();
  expect(sender.sendingTo("b")?.stopped).toMatchObject({ code });
  expect(sender.busy).toBe(false);
});

test("a second batch waits until the first is sent, and neither takes the other's place", async () => {
  const order: string[] = [];
  const deliver: Deliver = async (_file, { batch }) => {
    await Promise.resolve();
    order.push(batch);
  };
  const sender = new BatchSender();
  const close = (batch: string) => async () => void order.push(`${batch} closed`);
  const first = sender.send({ ...PLACE, batch: "one" }, found(9), deliver, close("one"));
  const second = sender.send({ ...PLACE, batch: "two" }, found(5), deliver, close("two"));
  const third = sender.send({ ...PLACE, batch: "three" }, found(5), deliver, close("three"));
  expect(sender.sendingTo("two")).toMatchObject({ done: 0, total: 5, ended: false });
  sender.stop("three");
  await first;
  expect([sender.sendsTo("one"), sender.sendsTo("two"), sender.busy]).toEqual([false, true, true]);
  await Promise.all([second, third]);
  expect(order).toEqual([
    ...Array<string>(9).fill("one"),
    "one closed",
    ...Array<string>(5).fill("two"),
    "two closed",
  ]);
  expect(sender.sendingTo("one")).toMatchObject({ done: 9, ended: true });
  expect(sender.busy).toBe(false);
});
