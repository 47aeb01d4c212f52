import type { JobEvent } from "@/api/schema";

/** Milliseconds without an event after which a stream is no longer relied on. */
const SILENCE = 10_000;
/** Milliseconds between two tries to open a stream that was refused. */
const REOPEN = 10_000;

const STEPS = [1_000, 2_000, 5_000] as const;
const HIDDEN = 15_000;

/**
 * Milliseconds until the next poll, after `polls` in a row: within 1, 2, then 5 seconds, and 15 in a hidden tab.
 * A tenth less, so that the answer is shown by then, and less by up to a fifth at random, so that the pages of a
 * restarted server do not all poll at once.
 */
export function pollPause(polls: number, hidden: boolean, random: () => number = Math.random): number {
  const step = hidden ? HIDDEN : (STEPS[Math.min(polls, STEPS.length - 1)] ?? HIDDEN);
  return step * (0.9 - 0.2 * random());
}

type Options = {
  /** Address of the stream; null for polling alone. */
  events: string | null;
  /** Read the job again; resolves to the server's Retry-After in seconds, or null. */
  refresh: () => Promise<number | null>;
  /** An event that is not the last. */
  onEvent: (event: JobEvent) => void;
  /** Called with whether events of the stream arrive. */
  onStreaming: (streaming: boolean) => void;
};

/**
 * Follows a job until `stop`: by its event stream while events arrive, by polling while the stream is silent, refused or broken.
 * It never gives up by itself: its owner stops it when the job has ended.
 */
export class Follower {
  private source: EventSource | null = null;
  private openedAt = -Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = -Infinity;
  private polls = 0;
  private stopped = false;

  constructor(private readonly options: Options) {}

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
    if (this.options.events === null || typeof EventSource === "undefined") return;
    this.openedAt = Date.now();
    const source = new EventSource(this.options.events);
    this.source = source;
    source.addEventListener("progress", (message) => this.onProgress(message));
    source.addEventListener("final", this.pollNow);
    source.addEventListener("deleted", this.pollNow);
    source.addEventListener("error", () => this.onBroken());
  }

  private onProgress(message: MessageEvent<string>): void {
    if (this.stopped) return;
    this.polls = 0;
    this.options.onStreaming(true);
    this.options.onEvent(JSON.parse(message.data) as JobEvent);
    this.pollIn(SILENCE);
  }

  /**
   * The browser reopens a broken stream by itself, but not a refused one. A stream that breaks again and again
   * must not delay the poll that replaces it.
   */
  private onBroken(): void {
    if (this.stopped) return;
    this.options.onStreaming(false);
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
    this.options.onStreaming(false);
    const retryAfter = await this.options.refresh();
    if (this.stopped) return;
    this.polls += 1;
    if (this.source !== null) this.reopen();
    this.pollIn(Math.max(pollPause(this.polls, document.hidden), 1000 * (retryAfter ?? 0)));
  }
}
