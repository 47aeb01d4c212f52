// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { chooseWorkspace } from "@/api/workspace";
import { cancelOrDelete } from "@/jobs/actions";
import { check } from "@/upload/file/check";

import { keptRows } from "./kept-rows";
import { Uploader } from "./uploader";

vi.mock("@/upload/file/check", () => ({ check: vi.fn() }));
vi.mock("@/jobs/actions", () => ({ cancelOrDelete: vi.fn() }));

/** A browser's request, which the test answers. */
class Request {
  static made: Request[] = [];
  readonly headers = new Map<string, string>();
  readonly upload: { onprogress: (event: { loaded: number }) => void } = { onprogress: () => undefined };
  name = "";
  aborted = false;
  status = 0;
  responseText = "";
  onload = () => undefined as void;
  onerror = () => undefined as void;
  onabort = () => undefined as void;
  onloadend = () => undefined as void;
  open() {}
  setRequestHeader(name: string, value: string) {
    this.headers.set(name, value);
  }
  getResponseHeader() {
    return null;
  }
  send(form: FormData) {
    this.name = (form.get("file") as File).name;
    Request.made.push(this);
  }
  abort() {
    this.aborted = true;
    this.onabort();
  }
  answer(status: number, body: object) {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload();
  }
  accept(reused = false) {
    this.answer(202, { job_id: `job-${this.name}`, media_type: "image", reused, owner_secret: "secret" });
  }
}

beforeEach(() => {
  Request.made = [];
  localStorage.clear();
  sessionStorage.clear();
  vi.stubGlobal("XMLHttpRequest", Request);
  const format = { kind: "image", contentType: "image/png" } as never;
  vi.mocked(check).mockResolvedValue({ format, failure: null });
  vi.mocked(cancelOrDelete).mockReset().mockResolvedValue("cancelled");
});
afterEach(() => vi.unstubAllGlobals());

const settled = () => new Promise((done) => setTimeout(done)); // promises that are settled have gone on
const files = (...names: string[]) => names.map((name) => new File(["face"], name));
const phase = (uploader: Uploader, place = 0) => uploader.snapshot().rows[place]?.phase;

function connected(onSignedOut = () => undefined as void) {
  const uploader = new Uploader();
  const known = async () => ({ limits: null, me: undefined, online: true });
  uploader.connect({ known, onAccepted: () => undefined, onSignedOut });
  return uploader;
}

test("files go to the workspace that they were added for, also after another one is chosen", async () => {
  const uploader = connected();
  uploader.addFiles(files("a", "b", "c", "d"));
  await settled();
  chooseWorkspace("newsroom");
  uploader.addFiles(files("a"));
  for (let place = 0; place < 5; place++) {
    Request.made[place]?.accept();
    await settled();
  }
  expect(Request.made.map(({ name, headers }) => [name, headers.get("X-Workspace")])).toEqual([
    ["a", ""],
    ["b", ""],
    ["c", ""],
    ["d", ""],
    ["a", "newsroom"],
  ]);
  chooseWorkspace("another");
  expect(keptRows().rows.map(({ workspace }) => workspace)).toContain("newsroom");
});

test("a file that is cancelled when all of it had been sent is not analysed, and what is said of it is so", async () => {
  chooseWorkspace("newsroom");
  const uploader = connected();
  uploader.addFiles(files("a"));
  await settled();
  const key = uploader.snapshot().rows[0]?.key ?? "";
  Request.made[0]?.upload.onprogress({ loaded: 4 });
  chooseWorkspace(null);
  uploader.cancel(key);
  expect(Request.made[0]?.aborted).toBe(false);
  expect(phase(uploader)).toEqual({ is: "withdrawing" });
  Request.made[0]?.accept();
  await settled();
  expect(cancelOrDelete).toHaveBeenCalledExactlyOnceWith("job-a", "newsroom");
  expect(phase(uploader)).toEqual({ is: "cancelled", rest: "none" });

  uploader.again(key);
  await settled();
  Request.made[1]?.upload.onprogress({ loaded: 4 });
  uploader.cancel(key);
  Request.made[1]?.onerror();
  await settled();
  expect(phase(uploader)).toEqual({ is: "cancelled", rest: "unknown" });

  uploader.again(key);
  await settled();
  Request.made[2]?.upload.onprogress({ loaded: 4 });
  uploader.cancel(key);
  Request.made[2]?.accept(true);
  await settled();
  expect(cancelOrDelete).toHaveBeenCalledOnce();
  expect(phase(uploader)).toEqual({ is: "cancelled", rest: "shared" });

  uploader.again(key);
  await settled();
  Request.made[3]?.upload.onprogress({ loaded: 2 });
  uploader.cancel(key);
  expect(Request.made[3]?.aborted).toBe(true);
  expect(phase(uploader)).toEqual({ is: "cancelled", rest: "none" });
});

test("a second cancel makes room for the next file, and the job is cancelled once the server names it", async () => {
  const uploader = connected();
  uploader.addFiles(files("a", "b", "c"));
  await settled();
  const [a = "", b = ""] = uploader.snapshot().rows.map(({ key }) => key);
  for (const place of [0, 1]) Request.made[place]?.upload.onprogress({ loaded: 4 });
  for (const key of [a, b]) uploader.cancel(key);
  expect(Request.made).toHaveLength(2);
  for (const key of [a, b]) uploader.cancel(key);
  expect([phase(uploader, 0), phase(uploader, 1)]).toEqual(
    Array(2).fill({ is: "cancelled", rest: "unknown" }),
  );
  await settled();
  expect(Request.made.map(({ name }) => name)).toEqual(["a", "b", "c"]);

  uploader.remove(b);
  for (const place of [0, 1]) Request.made[place]?.accept();
  await settled();
  expect(vi.mocked(cancelOrDelete).mock.calls.map(([id]) => id)).toEqual(["job-a", "job-b"]);
  expect(phase(uploader)).toEqual({ is: "cancelled", rest: "none" });
  expect(phase(uploader, 1)?.is).toBe("sending");
});

test("a file that is sent again does not wait for the answer that was given up", async () => {
  const uploader = connected();
  uploader.addFiles(files("a"));
  await settled();
  const key = uploader.snapshot().rows[0]?.key ?? "";
  Request.made[0]?.upload.onprogress({ loaded: 4 });
  uploader.cancel(key);
  uploader.cancel(key);
  uploader.again(key);
  await settled();
  expect(Request.made.map(({ aborted }) => aborted)).toEqual([true, false]);
  Request.made[1]?.accept();
  await settled();
  expect(phase(uploader)).toMatchObject({ is: "sent", jobId: "job-a" });
});

test("when the session ends, who is signed in is asked for again and the files wait", async () => {
  const onSignedOut = vi.fn();
  const uploader = connected(onSignedOut);
  uploader.addFiles(files("a"));
  await settled();
  Request.made[0]?.answer(401, { error: { error_code: "UNAUTHORIZED", message: "Sign in." } });
  await settled();
  expect(onSignedOut).toHaveBeenCalledOnce();
  expect(uploader.snapshot().hold?.why).toBe("signIn");
  expect(phase(uploader)).toEqual({ is: "waiting" });
});
