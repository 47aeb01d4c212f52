import { ApiError, isPassing } from "@/api/errors";
import { failureOf, type Failure } from "@/failures/failure";

import type { Found } from "./folders";

/** Where a file goes: the open batch, its workspace, the item's name, and the secret of a batch without an account. */
export type Place = { batch: string; workspace: string | null; name: string; secret: string | undefined };

/** Checks a file and sends it. Throws ApiError, and `LeftOutError` for what is not sent at all. */
export type Deliver = (file: File, place: Place, signal: AbortSignal) => Promise<void>;

/** A file that is not in the batch, by its path within what was dropped, and why. */
export type LeftOut = { path: string; failure: Failure };

/** How many files are not in the batch, and the first of them, `NAMED` at most. */
export type LeftOuts = { count: number; first: readonly LeftOut[] };

/** What is being sent to a batch, for the page that shows it. */
export type Sending = {
  batch: string;
  total: number;
  /** Files that need nothing more, whatever came of them. */
  done: number;
  leftOut: LeftOuts;
  /** Why sending waits: it goes on by itself. */
  waits: boolean;
  /** Why sending has stopped for good, in this page. */
  stopped: Failure | null;
  ended: boolean;
};

/** Says that a file is not sent, and why. */
export class LeftOutError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.code);
    this.name = "LeftOutError";
  }
}

const AT_ONCE = 3;
const NAMED = 200;
const WAIT_MS = 3_000;
// These end the sending: another file would meet the same.
const FINAL = new Set([
  "CONFLICT",
  "NOT_FOUND",
  "UNAUTHORIZED",
  "FORBIDDEN",
  "ROLE_MISSING",
  "SECOND_FACTOR_UNSET",
  "OWNER_SECRET_REQUIRED",
  "BATCH_TOO_LARGE",
  "STORAGE_FULL",
]);

/**
 * Sends the files of one batch after another, some at once, for as long as the page lives, and closes each batch at its end.
 * A file whose sending broke off is sent again; the server has a file of the same name and bytes once.
 */
export class BatchSender {
  private readonly states = new Map<string, Sending>();
  private readonly controls = new Map<string, AbortController>();
  private readonly listeners = new Set<() => void>();
  private turn: Promise<void> = Promise.resolve();

  readonly subscribe = (changed: () => void): (() => void) => {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  };

  /** What this page sends to a batch, or has sent; null for nothing. */
  readonly sendingTo = (batch: string): Sending | null => this.states.get(batch) ?? null;

  /** Whether files of some batch are still to be sent. */
  get busy(): boolean {
    return [...this.states.values()].some(isUnderWay);
  }

  /** Whether files of this batch are still to be sent. */
  sendsTo(batch: string): boolean {
    const sending = this.sendingTo(batch);
    return sending !== null && isUnderWay(sending);
  }

  /**
   * Send files to an open batch after those of the batches before, and close it; resolves when that is done or has stopped.
   * `unsent` are files that are known not to be sent.
   */
  send(
    place: Omit<Place, "name">,
    files: readonly Found[],
    deliver: Deliver,
    close: () => Promise<void>,
    unsent: readonly LeftOut[] = [],
  ): Promise<void> {
    const { batch } = place;
    const control = new AbortController();
    this.controls.set(batch, control);
    const done = unsent.length;
    const total = files.length + done;
    const leftOut = { count: done, first: unsent.slice(0, NAMED) };
    this.set({ batch, total, done, leftOut, waits: false, stopped: null, ended: false });
    const sent = this.turn.then(() => this.sendNow(place, files, deliver, close, control));
    this.turn = sent.catch(() => undefined);
    return sent;
  }

  /** Stop sending to a batch, as when it is cancelled. */
  stop(batch: string): void {
    this.controls.get(batch)?.abort();
    if (this.sendsTo(batch)) this.change(batch, { ended: true });
  }

  private async sendNow(
    place: Omit<Place, "name">,
    files: readonly Found[],
    deliver: Deliver,
    close: () => Promise<void>,
    control: AbortController,
  ): Promise<void> {
    const { batch } = place;
    const rest = [...files];
    const work = async () => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
        if (control.signal.aborted) return;
        const { file, path } = next;
        await this.one(batch, path, () => deliver(file, { ...place, name: path }, control.signal), control);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (control.signal.aborted) return;
    try {
      await this.persist(batch, close, control);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The batch stays open: its page offers to close it, and the server does so after a day.
    }
    if (!control.signal.aborted) this.change(batch, { ended: true });
  }

  private async one(
    batch: string,
    path: string,
    act: () => Promise<void>,
    control: AbortController,
  ): Promise<void> {
    try {
      await this.persist(batch, act, control);
    } catch (error) {
      if (control.signal.aborted) return;
      if (isBug(error)) reportError(error); // the other files go on
      const failure = notThere(error);
      const before = this.sendingTo(batch);
      if (failure !== null && before !== null)
        this.change(batch, { leftOut: withOneMore(before.leftOut, { path, failure }) });
    }
    if (!control.signal.aborted) this.change(batch, { done: (this.sendingTo(batch)?.done ?? 0) + 1 });
  }

  /** Do something until it is refused for good; while the server is away, it is tried again. */
  private async persist(batch: string, act: () => Promise<void>, control: AbortController): Promise<void> {
    for (;;) {
      try {
        await act();
        if (this.sendingTo(batch)?.waits === true) this.change(batch, { waits: false });
        return;
      } catch (error) {
        if (control.signal.aborted || !(error instanceof ApiError)) throw error;
        if (FINAL.has(error.code)) {
          this.change(batch, { stopped: failureOf(error) });
          control.abort();
          throw error;
        }
        if (!isPassing(error)) throw error;
        this.change(batch, { waits: true });
        await pause(error.retryAfter === null ? WAIT_MS : 1000 * error.retryAfter, control.signal);
        if (control.signal.aborted) throw error;
      }
    }
  }

  private change(batch: string, part: Partial<Sending>): void {
    const state = this.states.get(batch);
    if (state !== undefined) this.set({ ...state, ...part });
  }

  private set(state: Sending): void {
    this.states.set(state.batch, state);
    for (const changed of this.listeners) changed();
  }
}

function isUnderWay({ ended, stopped }: Sending): boolean {
  return !ended && stopped === null;
}

/** `first` stays the same once it is full, so that a list of it is not drawn anew. */
function withOneMore({ count, first }: LeftOuts, file: LeftOut): LeftOuts {
  return { count: count + 1, first: first.length < NAMED ? [...first, file] : first };
}

function isBug(error: unknown): boolean {
  return !(error instanceof ApiError || error instanceof LeftOutError);
}

/** Why a file is not in its batch; null where the server has noted it there with its reason. */
function notThere(error: unknown): Failure | null {
  if (error instanceof LeftOutError) return error.failure;
  if (!(error instanceof ApiError)) return { code: "INTERNAL_ERROR" };
  return error.details?.batch_item === true ? null : failureOf(error);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      removeEventListener("online", done);
      resolve();
    }
    signal.addEventListener("abort", done);
    addEventListener("online", done);
  });
}

/** The one sender of this page. */
export const sender = new BatchSender();
