import { ApiError, isAway } from "@/api/errors";
import type { UploadAccepted } from "@/api/schema";
import { chosenWorkspace } from "@/api/workspace";
import { failureOf } from "@/failures/failure";
import { cancelOrDelete } from "@/jobs/actions";
import { dropLocalFile, forget, keepLocalFile } from "@/jobs/remembered";
import { check } from "@/upload/file/check";
import { sendFile, sendLink } from "@/upload/file/send";
import type { Format } from "@/upload/file/sniff";

import { holdAfter, holdBefore, type Known } from "./holds";
import { keepRows, keptRows } from "./kept-rows";
import {
  EMPTY,
  holds,
  isBusy,
  isThrough,
  queueReducer,
  sharesJob,
  startable,
  type Action,
  type Queue,
  type Row,
} from "./queue";

/** What the uploader reads from, and reports to, the rest of the app. */
export type World = {
  /** The server's limits and who is signed in, as far as they are known. */
  known: () => Promise<Known>;
  /** Called for every job that was accepted. */
  onAccepted: (accepted: UploadAccepted, name: string) => void;
  /** Called when the server does not know any more who is signed in. */
  onSignedOut: () => void;
};

const BLIND: World = {
  known: async () => ({ limits: null, me: undefined, online: navigator.onLine }),
  onAccepted: () => undefined,
  onSignedOut: () => undefined,
};

/** Checks and sends files, two at once, for as long as the page lives: also while another page of the app is shown. */
export class Uploader {
  private queue: Queue = EMPTY;
  private world: World = BLIND;
  private owner: string | null | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly formats = new Map<string, Format>();
  private readonly running = new Map<string, AbortController>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private count = 0;

  readonly subscribe = (changed: () => void): (() => void) => {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  };

  readonly snapshot = (): Queue => this.queue;

  /** Connect to the server's state; the first call also restores the rows that a reload kept. */
  connect(world: World): void {
    const first = this.world === BLIND;
    this.world = world;
    if (!first) return;
    const kept = keptRows();
    this.owner = kept.rows.length > 0 ? kept.owner : undefined;
    this.do({ do: "add", rows: kept.rows });
    addEventListener("online", () => {
      if (this.queue.hold?.why === "offline") this.release();
    });
    addEventListener("beforeunload", (event) => {
      if (isBusy(this.queue)) event.preventDefault();
    });
  }

  /** Set the account that the jobs belong to; rows of another account's jobs are removed. Waiting files stay. */
  belongTo(owner: string | null): void {
    const before = this.owner;
    this.owner = owner;
    if (before !== undefined && before !== owner) {
      dropLocalFile();
      this.do({ do: "forgetJobs" });
    }
    if (owner !== null && this.queue.hold?.why === "signIn") this.release();
  }

  /** Add files for the workspace that is chosen now, except those already in the queue; returns how many were left out. */
  addFiles(files: readonly File[]): number {
    const fresh = files.filter((file) => !holds(this.queue, file, chosenWorkspace()));
    const alone = fresh.length === 1 && !isBusy(this.queue);
    this.add(fresh.map((file) => ({ name: file.name, size: file.size, source: file, alone })));
    return files.length - fresh.length;
  }

  /** Add an address that the server is to fetch for the workspace that is chosen now. */
  addLink(url: string): void {
    this.add([
      { name: url.replace(/^https?:\/\//, ""), size: null, source: url, alone: !isBusy(this.queue) },
    ]);
  }

  /**
   * Stop a file that is not yet sent; of one that the server has all of, the job is cancelled as soon as it is known. A second
   * call makes room for the next file until then.
   */
  cancel(key: string): void {
    const row = this.row(key);
    if (row !== undefined && isThrough(row)) return this.do({ do: "withdraw", key });
    if (row?.phase.is === "withdrawing") return this.do({ do: "withdrawn", key, rest: "unknown" });
    this.running.get(key)?.abort();
    this.do({ do: "cancel", key });
  }

  /** Give up a file whose job another row waits for, and leave the job to that row; false when there is none. */
  leave(key: string): boolean {
    const phase = this.row(key)?.phase;
    if (phase?.is !== "sent" || !sharesJob(this.queue, key, phase.jobId)) return false;
    this.do({ do: "leave", key });
    return true;
  }

  /** Check and send a refused or cancelled file once more. */
  again(key: string): void {
    this.running.get(key)?.abort();
    this.do({ do: "again", key });
    void this.check(key);
  }

  /** Take a row off the list; a job that is to be cancelled is so all the same. */
  remove(key: string): void {
    this.do({ do: "remove", key });
  }

  /** Remove the rows that have ended. */
  clear(): void {
    this.do({ do: "clear" });
  }

  /** End the hold and continue sending. */
  release(): void {
    this.do({ do: "release" });
  }

  /** The result of a file that was given alone has been opened. */
  opened(key: string): void {
    this.do({ do: "opened", key });
  }

  /** The reader has left the page: no result opens by itself from now on. */
  stay(): void {
    this.do({ do: "stay" });
  }

  /** A row's job has ended, or runs again. */
  ended(key: string, ended: boolean): void {
    this.do({ do: "ended", key, ended });
  }

  private add(rows: Pick<Row, "name" | "size" | "source" | "alone">[]): void {
    const workspace = chosenWorkspace();
    const added = rows.map<Row>((row) => ({
      ...row,
      key: `file-${++this.count}`,
      kind: null,
      workspace,
      phase: { is: "checking" },
    }));
    this.do({ do: "add", rows: added });
    for (const { key } of added) void this.check(key);
  }

  private row(key: string): Row | undefined {
    return this.queue.rows.find((row) => row.key === key);
  }

  /** Whether nobody wants the job of a file that is on its way. */
  private isGivenUp(key: string): boolean {
    const is = this.row(key)?.phase.is;
    return is === undefined || is === "withdrawing" || is === "cancelled";
  }

  private do(action: Action): void {
    const before = this.queue;
    this.queue = queueReducer(before, action);
    if (this.queue.hold !== before.hold) this.waitForRelease();
    if (action.do !== "progress") keepRows(this.owner ?? null, this.queue.rows);
    for (const changed of this.listeners) changed();
    this.pump();
  }

  private waitForRelease(): void {
    clearTimeout(this.timer);
    const until = this.queue.hold?.until;
    if (typeof until !== "number") return;
    this.timer = setTimeout(() => this.release(), Math.max(0, until - Date.now()) + 250);
  }

  private async check(key: string): Promise<void> {
    const source = this.row(key)?.source;
    if (typeof source === "string") return this.do({ do: "checked", key, kind: null });
    if (source === null || source === undefined) return;
    const { limits } = await this.world.known();
    const { format, failure } = await check(source, limits);
    if (failure !== null) return this.do({ do: "refuse", key, failure });
    this.formats.set(key, format);
    this.do({ do: "checked", key, kind: format.kind });
  }

  private pump(): void {
    const [next] = startable(this.queue);
    if (next === undefined) return;
    const control = new AbortController();
    this.running.set(next.key, control);
    this.do({ do: "start", key: next.key });
    void this.send(next, control.signal);
  }

  private async send(row: Row, signal: AbortSignal): Promise<void> {
    const { key } = row;
    try {
      const known = await this.world.known();
      const hold = holdBefore(known, Date.now());
      if (signal.aborted) return;
      if (this.isGivenUp(key)) return this.do({ do: "withdrawn", key, rest: "none" });
      if (hold !== null) return this.do({ do: "hold", key, hold });
      const { job_id, media_type, reused } = await this.deliver(row, signal);
      this.do({ do: "sent", key, jobId: job_id, kind: media_type, reused });
      if (this.isGivenUp(key)) await this.withdraw(row, job_id, reused);
    } catch (error) {
      if (!signal.aborted) this.fail(key, error);
    } finally {
      if (this.running.get(key)?.signal === signal) this.running.delete(key);
    }
  }

  /** Cancel the job that the server has made of a cancelled file; one that was there before stays. */
  private async withdraw({ key, workspace }: Row, jobId: string, reused: boolean): Promise<void> {
    if (reused || sharesJob(this.queue, key, jobId)) return this.do({ do: "withdrawn", key, rest: "shared" });
    dropLocalFile(jobId);
    try {
      if ((await cancelOrDelete(jobId, workspace)) === "deleted") forget(jobId);
      this.do({ do: "withdrawn", key, rest: "none" });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.do({ do: "withdrawn", key, rest: error.status === 404 ? "none" : "unknown" });
    }
  }

  private async deliver({ key, name, workspace, source }: Row, signal: AbortSignal): Promise<UploadAccepted> {
    if (typeof source === "string") {
      const accepted = await sendLink(source, workspace, signal);
      this.world.onAccepted(accepted, name);
      return accepted;
    }
    const format = this.formats.get(key);
    if (source === null || format === undefined)
      throw new ApiError("FILE_UNREADABLE", "There is no file to send.", 400);
    const onProgress = (sent: number) => this.do({ do: "progress", key, sent });
    const accepted = await sendFile(source, format, name, { onProgress, signal, workspace });
    keepLocalFile(accepted.job_id, source);
    this.world.onAccepted(accepted, name);
    return accepted;
  }

  private fail(key: string, error: unknown): void {
    if (error instanceof ApiError && error.code === "UNAUTHORIZED") this.world.onSignedOut();
    if (this.isGivenUp(key)) {
      // Only the server's own refusal says that there is no job.
      const refused = error instanceof ApiError && !isAway(error);
      this.do({ do: "withdrawn", key, rest: refused ? "none" : "unknown" });
      if (error instanceof ApiError) return;
    }
    if (!(error instanceof ApiError)) {
      this.do({ do: "refuse", key, failure: { code: "INTERNAL_ERROR" } });
      throw error;
    }
    const hold = holdAfter(error, Date.now(), navigator.onLine);
    if (hold !== null) return this.do({ do: "hold", key, hold });
    this.do({ do: "refuse", key, failure: failureOf(error) });
  }
}

/** The one uploader of this page. */
export const uploader = new Uploader();
