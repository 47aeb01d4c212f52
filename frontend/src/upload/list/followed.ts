import type { Row } from "@/upload/queue/queue";

/** How a row's job is followed: by its stream, by polling, or not yet. */
export type Way = "stream" | "poll" | "none";

const STREAMS = 1;
const AT_ONCE = 3;

/**
 * How each job of a list is followed, by the rows' keys. Of each kind, which have a queue of their own, the first
 * by its stream and two more by polling: a browser opens six connections to a server, and uploads need some.
 * The next ones are followed when one has ended; jobs that have ended are read.
 */
export function followed(rows: readonly Row[]): Map<string, Way> {
  const open = { image: 0, video: 0 };
  const ways = new Map<string, Way>();
  for (const { key, kind, phase } of rows) {
    if (phase.is !== "sent") continue;
    if (phase.ended) ways.set(key, "poll");
    else {
      const place = open[kind ?? "video"]++;
      ways.set(key, place < STREAMS ? "stream" : place < AT_ONCE ? "poll" : "none");
    }
  }
  return ways;
}
