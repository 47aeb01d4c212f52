// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";

import { ApiError } from "@/api/errors";

import { BatchSender, LeftOutError, type Deliver } from "./sender";

const found = (count: number) =>
  Array.from({ length: count }, (_, place) => ({
    file: new File(["x"], `${place}.png`),
    path: `day/${place}.png`,
  }));
const PLACE = { batch: "b", secret: "s" };

afterEach(() => vi.useRealTimers());

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
  expect(sender.snapshot()).toMatchObject({ done: 10, total: 10, ended: true });
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
  expect(sender.snapshot()).toMatchObject({ done: 3, ended: false });
  expect(closed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(3_000);
  await sent;
  expect(tries.filter((name) => name === "day/1.png")).toHaveLength(2);
  expect(tries).toHaveLength(5);
  expect(sender.snapshot()).toMatchObject({ waits: false, done: 4, ended: true });
});

test("a file that is no picture is left out, one that the server refuses is not, and the others go on", async () => {
  const deliver: Deliver = async (_file, { name }) => {
    if (name === "day/0.png") throw new LeftOutError({ code: "INVALID_MAGIC_BYTES" });
    if (name === "day/1.png") throw new ApiError("QUOTA_EXCEEDED", "", 429);
  };
  const sender = new BatchSender();
  const closed = vi.fn(async () => undefined);
  await sender.send(PLACE, found(3), deliver, closed);
  expect(sender.snapshot()).toMatchObject({ done: 3, leftOut: 1, stopped: null, ended: true });
  expect(closed).toHaveBeenCalledOnce();
});

test("where the next file would meet the same, sending stops and says why", async () => {
  const deliver = vi.fn<Deliver>(async () => {
    throw new ApiError("UNAUTHORIZED", "", 401);
  });
  const sender = new BatchSender();
  const closed = vi.fn(async () => undefined);
  await sender.send(PLACE, found(50), deliver, closed);
  expect(deliver.mock.calls.length).toBeLessThanOrEqual(3);
  expect(closed).not.toHaveBeenCalled();
  expect(sender.snapshot()?.stopped).toEqual({ code: "UNAUTHORIZED" });
  expect(sender.busy).toBe(false);
});
