import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { ApiError } from "@/api/errors";
import type { JobEvent, ResultAnswer } from "@/api/schema";

import type { Access } from "./access";
import { eventOf, job } from "./job.fixture";
import { useJob } from "./use-job";

/** Replaces the browser's EventSource; the test sends its events. */
class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static opened: Stream[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    Stream.opened.push(this);
  }
  close(): void {
    this.readyState = 2;
  }
  say(name: string, event: JobEvent | object): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(event) }));
  }
  refuse(): void {
    this.readyState = 2;
    this.dispatchEvent(new Event("error"));
  }
}

const away = new ApiError("UNAVAILABLE", "…", 502);
let answers: (ResultAnswer | ApiError)[];
let reads: number;

function follow(events: string | null = "/events") {
  const client = new QueryClient();
  const access: Access = {
    key: ["result", "job-1"],
    events,
    read: async () => {
      reads += 1;
      const next = answers.length > 1 ? answers.shift() : answers[0];
      if (next instanceof ApiError) throw next;
      if (next === undefined) throw away;
      return next;
    },
  };
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook(() => useJob("job-1", access), { wrapper });
}

const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));
const stream = (): Stream => {
  const last = Stream.opened.at(-1);
  if (last === undefined) throw new Error("No stream was opened.");
  return last;
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  Stream.opened = [];
  answers = [job()];
  reads = 0;
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("events move the answer on without reading it again", async () => {
  const { result } = follow();
  await pass(0);
  act(() => stream().say("progress", eventOf({ revision: 6, stage: "inference", progress_percent: 60 })));
  await pass(5_000);
  expect(result.current.live).toBe("stream");
  expect(result.current.answer).toMatchObject({ stage: "inference", progress_percent: 60 });
  expect(reads).toBe(1);
});

test("an event that is older than the answer changes nothing", async () => {
  const { result } = follow();
  await pass(0);
  act(() => stream().say("progress", eventOf({ revision: 4, progress_percent: 7 })));
  expect(result.current.answer?.progress_percent).toBe(42);
});

test("the place in the queue moves on without the job", async () => {
  answers = [job({ state: "QUEUED", waiting_before: 3 })];
  const { result } = follow();
  await pass(0);
  act(() => stream().say("progress", eventOf({ state: "QUEUED", waiting_before: 1 })));
  expect(result.current.answer).toMatchObject({ waiting_before: 1, revision: 5 });
});

test("the final event is not believed but read, and ends the following", async () => {
  const { result } = follow();
  await pass(0);
  answers = [job({ state: "COMPLETED", revision: 9 })];
  act(() => stream().say("final", eventOf({ state: "COMPLETED", revision: 9 })));
  await pass(10);
  expect(result.current).toMatchObject({ live: "ended", answer: { state: "COMPLETED" } });
  expect(stream().readyState).toBe(Stream.CLOSED);
  const before = reads;
  await pass(60_000);
  expect(reads).toBe(before);
});

test("a stream that falls silent for 10 s is replaced by polling", async () => {
  const { result } = follow();
  await pass(0);
  act(() => stream().say("progress", eventOf({ revision: 6 })));
  await pass(9_900);
  expect(reads).toBe(1);
  await pass(200);
  expect(reads).toBe(2);
  expect(result.current.live).toBe("polling");
  answers = [job({ state: "COMPLETED", revision: 9 })];
  await pass(5_000);
  expect(result.current.live).toBe("ended");
});

test("where the stream is refused, an end is seen within 5 s", async () => {
  const { result } = follow();
  await pass(0);
  act(() => stream().refuse());
  await pass(30_000);
  answers = [job({ state: "COMPLETED", revision: 9 })];
  await pass(5_000);
  expect(result.current.live).toBe("ended");
});

test("a hidden tab polls every 15 s, and at once when it is shown", async () => {
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  follow(null);
  await pass(0);
  await pass(60_000);
  expect(reads).toBeGreaterThanOrEqual(4);
  expect(reads).toBeLessThanOrEqual(6);
  const before = reads;
  hidden.mockReturnValue(false);
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
  await pass(10);
  expect(reads).toBe(before + 1);
});

test("an unreachable server is polled until it is back", async () => {
  const { result } = follow();
  await pass(0);
  answers = [away];
  act(() => stream().refuse());
  await pass(120_000);
  expect(result.current).toMatchObject({ live: "offline", answer: { progress_percent: 42 } });
  expect(result.current.error).toBeUndefined();
  answers = [job({ revision: 7, progress_percent: 50 })];
  await pass(5_000);
  expect(result.current.live).toBe("polling");
  expect(Stream.opened.length).toBeGreaterThan(1); // the stream is tried again as well
});

test("without any answer yet it waits as well", async () => {
  answers = [new ApiError("OFFLINE", "…", 0)];
  const { result } = follow();
  await pass(3_000);
  expect(result.current).toEqual({ answer: undefined, live: "offline" });
  answers = [job()];
  act(() => void dispatchEvent(new Event("online")));
  await pass(10);
  expect(result.current.answer?.job_id).toBe("job-1");
});

test("what waiting cannot help ends it", async () => {
  for (const code of ["NOT_FOUND", "UNAUTHORIZED", "MISMATCH"]) {
    reads = 0;
    answers = [new ApiError(code, "…", code === "UNAUTHORIZED" ? 401 : 404)];
    const { result, unmount } = follow();
    await pass(60_000);
    expect(result.current.live).toBe("ended");
    expect(result.current.error?.code).toBe(code);
    expect(reads).toBe(1);
    unmount();
  }
});

test("a request for patience is honoured", async () => {
  answers = [job()];
  follow(null);
  await pass(0);
  answers = [new ApiError("RATE_LIMITED", "…", 429, null, null, 20)];
  await pass(1_100);
  const before = reads;
  await pass(19_000);
  expect(reads).toBe(before);
  await pass(1_500);
  expect(reads).toBe(before + 1);
});

test("a stream that breaks again and again does not put off polling", async () => {
  follow();
  await pass(0);
  for (let second = 0; second < 20; second++) {
    stream().dispatchEvent(new Event("error"));
    await pass(1_000);
  }
  expect(reads).toBeGreaterThanOrEqual(5);
});
