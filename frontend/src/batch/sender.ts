import { ApiError, isPassing } from "@/api/errors";
import type { Failure } from "@/failures/failure";

import type { Found } from "./folders";

/** Where a file goes: the open batch, the item's name, and the secret of a batch without an account. */
export type Place = { batch: string; name: string; secret: string | undefined };

/** Checks a file and sends it. Throws ApiError, and `LeftOutError` for what is not sent at all. */
export type Deliver = (file: File, place: Place, signal: AbortSignal) => Promise<void>;

/** What is being sent, for the page that shows it. */
export type Sending = {
  batch: string;
  total: number;
  /** Files that need nothing more, whatever came of them. */
  done: number;
  /** Files that are no photos or videos and were not sent. */
  leftOut: number;
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
const WAIT_MS = 3_000;
// These end the sending: another file would meet the same.
const FINAL = new Set(["CONFLICT", "NOT_FOUND", "UNAUTHORIZED", "OWNER_SECRET_REQUIRED", "BATCH_TOO_LARGE"]);

/**
 * Sends the files of one batch after another, some at once, for as long as the page lives, and closes each batch at its end.
 * A file whose sending broke off is sent again; the server has a file of the same name and bytes once.
 */
export class BatchSender {
  private state: Sending | null = null;
  private control = new AbortController();
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (changed: () => void): (() => void) => {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  };

  readonly snapshot = (): Sending | null => this.state;

  /** Whether files of some batch are still being sent. */
  get busy(): boolean {
    return this.state !== null && !this.state.ended && this.state.stopped === null;
  }

  /** Send files to an open batch and close it; resolves when that is done or has stopped. */
  async send(
    place: Omit<Place, "name">,
    files: readonly Found[],
    deliver: Deliver,
    close: () => Promise<void>,
  ): Promise<void> {
    this.control.abort();
    const control = new AbortController();
    this.control = control;
    this.set({
      batch: place.batch,
      total: files.length,
      done: 0,
      leftOut: 0,
      waits: false,
      stopped: null,
      ended: false,
    });
    const rest = [...files];
    const work = async () => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
        const { file, path } = next;
        await this.one(() => deliver(file, { ...place, name: path }, control.signal), control);
        if (control.signal.aborted) return;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (control.signal.aborted) return;
    try {
      await this.persist(close, control);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The batch stays open: its page offers to close it, and the server does so after a day.
    }
    if (!control.signal.aborted) this.change({ ended: true });
  }

  /** Stop sending, as when the batch is cancelled. */
  stop(): void {
    this.control.abort();
    if (this.state !== null && !this.state.ended) this.change({ ended: true });
  }

  private async one(act: () => Promise<void>, control: AbortController): Promise<void> {
    try {
      await this.persist(act, control);
    } catch (error) {
      if (control.signal.aborted) return;
      if (error instanceof LeftOutError) this.change({ leftOut: (this.state?.leftOut ?? 0) + 1 });
      else if (!(error instanceof ApiError)) throw error;
      // Whatever else was refused is an item of the batch with its reason.
    }
    if (!control.signal.aborted) this.change({ done: (this.state?.done ?? 0) + 1 });
  }

  /** Do something until it is refused for good; while the server is away, it is tried again. */
  private async persist(act: () => Promise<void>, control: AbortController): Promise<void> {
    for (;;) {
      try {
        await act();
        if (this.state?.waits === true) this.change({ waits: false });
        return;
      } catch (error) {
        if (control.signal.aborted || !(error instanceof ApiError)) throw error;
        if (FINAL.has(error.code)) {
          this.change({ stopped: { code: error.code as Failure["code"] } });
          control.abort();
          throw error;
        }
        if (!isPassing(error) || error.code === "STORAGE_FULL") throw error;
        this.change({ waits: true });
        await pause(error.retryAfter === null ? WAIT_MS : 1000 * error.retryAfter, control.signal);
        if (control.signal.aborted) throw error;
      }
    }
  }

  private change(part: Partial<Sending>): void {
    if (this.state !== null) this.set({ ...this.state, ...part });
  }

  private set(state: Sending): void {
    this.state = state;
    for (const changed of this.listeners) changed();
  }
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
