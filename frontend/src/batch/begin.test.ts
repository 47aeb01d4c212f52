// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { api } from "@/api/client";
import { chooseWorkspace } from "@/api/workspace";

import { dropArchiveKeysOf } from "./archive-keys";
import { beginFiles, sendArchive } from "./begin";
import { begunBatches } from "./open-batches";
import { sender, type Deliver } from "./sender";

vi.mock("@/api/client", async (original) => ({
  ...(await original<typeof import("@/api/client")>()),
  api: { GET: vi.fn(), POST: vi.fn() },
}));

let made: { workspace: string | undefined; closed: boolean }[];
type Options = { params?: { path?: { batch_id: string }; header?: Record<string, string> } };

async function answer(path: string, { params }: Options) {
  const response = new Response(null, { status: 200 });
  const id = params?.path?.batch_id;
  const place = Number(id?.slice(1));
  if (path.endsWith("/close") && made[place] !== undefined) made[place].closed = true;
  if (id !== undefined)
    return { data: { state: made[place]?.closed === true ? "RUNNING" : "OPEN" }, response };
  made.push({ workspace: params?.header?.["X-Workspace"], closed: false });
  const created = { owner_secret: null, name: "25 files", created_at: "2026-01-01T00:00:00Z" };
  return { data: { batch_id: `b${made.length - 1}`, ...created }, response };
}

const walked = (letter: string) => ({
  found: Array.from({ length: 4 }, (_, place) => ({
    file: new File(["x"], `${letter}${place}.png`, { lastModified: 1 }),
    path: `${letter}${place}.png`,
  })),
  unreadable: [],
});

/** Whether the browser would ask before the page is left. */
function warns(): boolean {
  const event = new Event("beforeunload", { cancelable: true });
  dispatchEvent(event);
  return event.defaultPrevented;
}

beforeEach(() => {
  made = [];
  localStorage.clear();
  vi.mocked(api.GET).mockImplementation(answer as never);
  vi.mocked(api.POST).mockImplementation(answer as never);
});
afterEach(() => vi.unstubAllGlobals());

test("batches of one name with other files are other batches, each in its workspace, and leaving is warned of to the last", async () => {
  const sent: string[] = [];
  let go: () => void = () => undefined;
  const gate = new Promise<void>((open) => (go = open));
  const deliver: Deliver = async (file, { batch, workspace }) => {
    await gate;
    sent.push(`${batch} ${workspace} ${file.name}`);
  };
  const first = await beginFiles("25 files", walked("a"), null, deliver);
  const same = await beginFiles("25 files", walked("a"), null, deliver);
  const second = await beginFiles("25 files", walked("c"), "newsroom", deliver);
  chooseWorkspace("another");
  expect([first, same, second]).toEqual(["b0", "b0", "b1"]);
  go();
  await vi.waitFor(() => expect(sender.sendsTo(first)).toBe(false));
  await vi.waitFor(() => {
    expect(sent).toHaveLength(8);
  });
  expect(made.map(({ workspace }) => workspace)).toEqual(["", "newsroom"]);
  expect(sent.filter((line) => line.startsWith("b0 null a"))).toHaveLength(4);
  expect(sent.filter((line) => line.startsWith("b1 newsroom c"))).toHaveLength(4);
  await vi.waitFor(() => expect(sender.busy).toBe(false));
  expect(made.map(({ closed }) => closed)).toEqual([true, true]);
});

test("leaving is warned of while a second batch is still sent; the same files go on in the batch that was left open", async () => {
  const gates = new Map<string, () => void>();
  const deliver: Deliver = (_file, { batch }, signal) =>
    new Promise((sent, stop) => {
      signal.addEventListener("abort", () => stop(new DOMException("", "AbortError")));
      gates.set(batch, sent);
      if (batch === "b0") sent();
    });
  await beginFiles("trip", walked("a"), null, deliver);
  const second = await beginFiles("trip", walked("c"), null, deliver);
  await vi.waitFor(() => expect(gates.has("b1")).toBe(true));
  expect(warns()).toBe(true);
  sender.stop(second);
  await vi.waitFor(() => expect(warns()).toBe(false));
  const again = await beginFiles("trip", walked("c"), null, async () => undefined);
  expect(again).toBe(second);
  await vi.waitFor(() => expect(made[1]?.closed).toBe(true));
  await expect(beginFiles("trip", walked("c"), "newsroom", async () => undefined)).resolves.toBe("b2");
  await vi.waitFor(() => expect(sender.busy).toBe(false));
});

/** A server that has made a batch of a key, in some state, and takes new keys. */
class Request {
  static keys: string[] = [];
  static states = new Map<string, string>();
  static broken = false;
  static waiting: Request[] | null = null;
  readonly upload = {};
  readonly headers = new Map<string, string>();
  status = 200;
  responseText = "";
  onload = () => undefined as void;
  onerror = () => undefined as void;
  onloadend = () => undefined as void;
  open() {}
  setRequestHeader(name: string, value: string) {
    this.headers.set(name, value);
  }
  send() {
    if (Request.waiting === null) this.answer();
    else Request.waiting.push(this);
  }
  answer() {
    const key = this.headers.get("Idempotency-Key") ?? "";
    Request.keys.push(key);
    const state = Request.states.get(key) ?? "RUNNING";
    if (!Request.states.has(key)) Request.states.set(key, state);
    if (Request.broken) return this.onerror();
    this.status = state === "DELETED" ? 404 : 200;
    this.responseText = JSON.stringify(
      state === "DELETED"
        ? { error: { error_code: "NOT_FOUND", message: "…" } }
        : {
            batch_id: `of ${key}`,
            state,
            name: "a.zip",
            owner_secret: null,
            created_at: "2026-01-01T00:00:00Z",
          },
    );
    this.onload();
  }
}

test("an archive goes on with its key until it is answered, and never with a batch that was cancelled or deleted", async () => {
  vi.stubGlobal("XMLHttpRequest", Request);
  const file = new File(["zip"], "a.zip", { lastModified: 1 });
  const sending = { onProgress: () => undefined, signal: new AbortController().signal };
  const send = () => sendArchive(file, null, sending);
  const breakOff = async () => {
    Request.broken = true;
    await expect(send()).rejects.toMatchObject({ code: "OFFLINE" });
    Request.broken = false;
    return Request.keys.at(-1) ?? "";
  };
  const broken = await breakOff();
  await expect(send()).resolves.toBe(`of ${broken}`);
  expect(begunBatches()[0]?.id).toBe(`of ${broken}`);
  const afterwards = await send();
  expect(afterwards).not.toBe(`of ${broken}`);
  for (const state of ["CANCELLED", "DELETED"]) {
    const key = await breakOff();
    Request.states.set(key, state);
    const before = Request.keys.length;
    await expect(send()).resolves.not.toBe(`of ${key}`);
    expect(Request.keys).toHaveLength(before + 2);
  }
  const given = await breakOff();
  dropArchiveKeysOf("a.zip");
  const before = Request.keys.length;
  await send();
  expect(Request.keys).toHaveLength(before + 1);
  expect(Request.keys.at(-1)).not.toBe(given);
  expect(warns()).toBe(false);
});

test("leaving is warned of until the last of several archives is sent", async () => {
  vi.stubGlobal("XMLHttpRequest", Request);
  Request.waiting = [];
  const sending = { onProgress: () => undefined, signal: new AbortController().signal };
  const sent = ["a.zip", "b.zip"].map((name) => sendArchive(new File(["zip"], name), null, sending));
  Request.waiting[0]?.answer();
  await sent[0];
  expect(warns()).toBe(true);
  Request.waiting[1]?.answer();
  await sent[1];
  expect(warns()).toBe(false);
  Request.waiting = null;
});
