import type { JobEvent } from "@/api/schema";

import { pollPause, REOPEN, SILENCE } from "./pace";

type Wishes = {
  /** Address of the stream; null for polling alone. */
  events: string | null;
  /** Read the job again; resolves when done, to the seconds the server wants to be left alone, or null. */
  refresh: () => Promise<number | null>;
  /** An event that is not the last. */
  hint: (event: JobEvent) => void;
  /** Whether the stream is being heard. */
  heard: (streaming: boolean) => void;
};

/**
 * Follows a job until `stop`: by its stream while that speaks, by polling while it is silent, refused or broken.
 * It never gives up by itself; whoever made it stops it when the job has ended.
 */
export class Follower {
  private source: EventSource | null = null;
  private openedAt = -Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = -Infinity;
  private polls = 0;
  private stopped = false;

  constructor(private readonly wishes: Wishes) {}

  start(): void {
    this.open();
    this.pollIn(pollPause(0, document.hidden));
    addEventListener("online", this.pollNow);
    document.addEventListener("visibilitychange", this.pollWhenSeen);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.source?.close();
    removeEventListener("online", this.pollNow);
    document.removeEventListener("visibilitychange", this.pollWhenSeen);
  }

  private open(): void {
    if (this.wishes.events === null || typeof EventSource === "undefined") return;
    this.openedAt = Date.now();
    const source = new EventSource(this.wishes.events);
    this.source = source;
    source.addEventListener("progress", (message) => this.onProgress(message));
    source.addEventListener("final", this.pollNow);
    source.addEventListener("deleted", this.pollNow);
    source.addEventListener("error", () => this.onBroken());
  }

  private onProgress(message: MessageEvent<string>): void {
    if (this.stopped) return;
    this.polls = 0;
    this.wishes.heard(true);
    this.wishes.hint(JSON.parse(message.data) as JobEvent);
    this.pollIn(SILENCE);
  }

  /**
   * The browser opens a broken stream again by itself, a refused one not. Where it breaks again and again, that
   * must not put off the poll that stands in for it.
   */
  private onBroken(): void {
    if (this.stopped) return;
    this.wishes.heard(false);
    const pause = pollPause(this.polls, document.hidden);
    if (Date.now() + pause < this.due) this.pollIn(pause);
  }

  private reopen(): void {
    if (this.source?.readyState !== EventSource.CLOSED || Date.now() - this.openedAt < REOPEN) return;
    this.open();
  }

  private readonly pollWhenSeen = (): void => {
    if (!document.hidden) this.pollNow();
  };

  private readonly pollNow = (): void => this.pollIn(0);

  private pollIn(milliseconds: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.due = Date.now() + milliseconds;
    this.timer = setTimeout(() => void this.poll(), milliseconds);
  }

  private async poll(): Promise<void> {
    this.wishes.heard(false);
    const patience = await this.wishes.refresh();
    if (this.stopped) return;
    this.polls += 1;
    if (this.source !== null) this.reopen();
    this.pollIn(Math.max(pollPause(this.polls, document.hidden), 1000 * (patience ?? 0)));
  }
}
