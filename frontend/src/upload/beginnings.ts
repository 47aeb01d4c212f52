import { ApiError } from "@/api/errors";
import { chosenWorkspace } from "@/api/workspace";
import { failureOf, type Failure } from "@/failures/failure";
import type { Dropped } from "@/upload/intake/drop-and-paste";

import type { Making } from "./many";

/** What is being made a batch: an archive is sent before there is one. */
export type Beginning = { key: number; archive: { name: string; percent: number } | null; stop: () => void };

/** Why no batch was made of what was dropped last: refused, or an archive that the reader has stopped. */
export type Missed = { failure: Failure } | { stopped: string };

type State = { underWay: readonly Beginning[]; missed: Missed | null };

/** Batches that are being made, for as long as the page lives: also while another page of the app is shown. */
export class Beginnings {
  private state: State = { underWay: [], missed: null };
  private readonly listeners = new Set<() => void>();
  private count = 0;

  readonly subscribe = (changed: () => void): (() => void) => {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  };

  readonly snapshot = (): State => this.state;

  /** Make a batch, for the workspace that is chosen now, of what was dropped; resolves with its id, null where none was made. */
  async begin(dropped: Dropped, making: Pick<Making, "limits" | "named">): Promise<string | null> {
    const workspace = chosenWorkspace();
    const key = ++this.count;
    const control = new AbortController();
    const onArchive = (name: string, percent: number) => this.change(key, { archive: { name, percent } });
    const begun: Beginning = { key, archive: null, stop: () => control.abort() };
    this.set({ underWay: [...this.state.underWay, begun], missed: null });
    try {
      const { beginBatch } = await loaded();
      return await beginBatch(dropped, { ...making, workspace, onArchive, signal: control.signal });
    } catch (error) {
      const name = this.state.underWay.find((one) => one.key === key)?.archive?.name ?? "";
      this.set({
        ...this.state,
        missed: control.signal.aborted ? { stopped: name } : { failure: why(error) },
      });
      return null;
    } finally {
      this.set({ ...this.state, underWay: this.state.underWay.filter((one) => one.key !== key) });
    }
  }

  private change(key: number, part: Partial<Beginning>): void {
    const underWay = this.state.underWay.map((one) => (one.key === key ? { ...one, ...part } : one));
    this.set({ ...this.state, underWay });
  }

  private set(state: State): void {
    this.state = state;
    for (const changed of this.listeners) changed();
  }
}

/** Few readers need it, and a first visit loads nothing that it does not show. */
async function loaded() {
  try {
    return await import("./many");
  } catch {
    // After an update the server has the code under another name.
    throw navigator.onLine
      ? new ApiError("MISMATCH", "A part of this page could not be loaded.", 404)
      : new ApiError("OFFLINE", "No connection to the server.", 0);
  }
}

function why(error: unknown): Failure {
  if (error instanceof ApiError) return failureOf(error);
  console.error(error); // eslint-disable-line no-console -- the reader is told a code alone
  return { code: "INTERNAL_ERROR" };
}

/** The one of this page. */
export const beginnings = new Beginnings();
