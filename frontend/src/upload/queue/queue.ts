import type { MediaKind } from "@/api/schema";
import type { Failure } from "@/failures/failure";

/** Where a file is on its way to a result. */
export type Phase =
  | { is: "checking" }
  | { is: "waiting" }
  | { is: "sending"; sent: number }
  | { is: "sent"; jobId: string; reused: boolean; ended: boolean }
  | { is: "refused"; failure: Failure }
  /** Cancelled when all of it had been sent: the server's answer is awaited, and the job that it names is cancelled. */
  | { is: "withdrawing" }
  | { is: "cancelled"; rest: Rest };

/** What a cancelled file has left on the server: nothing, a job that another row waits for, or perhaps a job of its own. */
export type Rest = "none" | "shared" | "unknown";

export type Row = {
  key: string;
  name: string;
  /** Bytes; null for a link. */
  size: number | null;
  kind: MediaKind | null;
  /** Id of the workspace that it was added for, whichever one is chosen meanwhile; null for the personal one, and for visitors. */
  workspace: string | null;
  /** What is sent: a file, an address; null when a reload has left only the job. */
  source: File | string | null;
  /** Whether it was given alone: its result is then opened as soon as there is a job. */
  alone: boolean;
  phase: Phase;
};

/** Why nothing is sent for now, and until when (ms since 1970) where that is known; the files wait. */
export type Hold =
  | { why: "signIn"; until: null }
  | { why: "quota"; until: number | null; limit: number | null }
  | { why: "rate"; until: number }
  | { why: "model"; until: null }
  | { why: "offline"; until: null };

export type Queue = { rows: readonly Row[]; hold: Hold | null };

export type Action =
  | { do: "add"; rows: Row[] }
  | { do: "checked"; key: string; kind: MediaKind | null }
  | { do: "start"; key: string }
  | { do: "progress"; key: string; sent: number }
  | { do: "sent"; key: string; jobId: string; kind: MediaKind; reused: boolean }
  | { do: "ended"; key: string; ended: boolean }
  | { do: "refuse"; key: string; failure: Failure }
  | { do: "hold"; key: string; hold: Hold }
  | { do: "release" }
  | { do: "cancel"; key: string }
  | { do: "withdraw"; key: string }
  | { do: "withdrawn"; key: string; rest: Rest }
  | { do: "leave"; key: string }
  | { do: "again"; key: string }
  | { do: "remove"; key: string }
  | { do: "opened"; key: string }
  | { do: "stay" }
  | { do: "clear" }
  | { do: "forgetJobs" };

export const EMPTY: Queue = { rows: [], hold: null };
/** Number of files sent at the same time. */
export const AT_ONCE = 2;

/** The next state of the queue; an action about a row that has moved on meanwhile changes nothing. */
export function queueReducer(queue: Queue, action: Action): Queue {
  switch (action.do) {
    case "add":
      return { ...queue, rows: [...together(queue.rows, action.rows), ...action.rows] };
    case "checked":
      return change(queue, action.key, ["checking"], (row) => ({
        ...row,
        kind: action.kind,
        phase: { is: "waiting" },
      }));
    case "start":
      return change(queue, action.key, ["waiting"], (row) => ({ ...row, phase: { is: "sending", sent: 0 } }));
    case "progress":
      return change(queue, action.key, ["sending"], (row) => ({
        ...row,
        phase: { is: "sending", sent: action.sent },
      }));
    case "sent":
      return change(queue, action.key, ["sending"], (row) => accepted(row, action));
    case "ended":
      return change(queue, action.key, ["sent"], (row) => ended(row, action.ended));
    case "refuse":
      return change(queue, action.key, ["checking", "waiting", "sending"], (row) => ({
        ...row,
        phase: { is: "refused", failure: action.failure },
      }));
    case "hold":
      return {
        ...change(queue, action.key, ["sending"], (row) => ({ ...row, phase: { is: "waiting" } })),
        hold: action.hold,
      };
    case "release":
      return queue.hold === null ? queue : { ...queue, hold: null };
    case "cancel":
      return change(queue, action.key, ["checking", "waiting", "sending"], (row) => cancelled(row, "none"));
    case "withdraw":
      return change(queue, action.key, ["sending"], (row) => ({ ...row, phase: { is: "withdrawing" } }));
    case "withdrawn":
      return change(queue, action.key, ["withdrawing", "cancelled"], (row) => cancelled(row, action.rest));
    case "leave":
      return change(queue, action.key, ["sent"], (row) => cancelled(row, "shared"));
    case "again":
      return change(queue, action.key, ["refused", "cancelled", "sent"], (row) =>
        row.source === null || !isOver(row) ? row : { ...row, phase: { is: "checking" } },
      );
    case "remove":
      return pruned({ ...queue, rows: queue.rows.filter((row) => row.key !== action.key) });
    case "opened":
      return {
        ...queue,
        rows: queue.rows.map((row) => (row.key === action.key ? { ...row, alone: false } : row)),
      };
    case "stay":
      return { ...queue, rows: queue.rows.map((row) => ({ ...row, alone: false })) };
    case "clear":
      return pruned({ ...queue, rows: queue.rows.filter((row) => !isOver(row)) });
    case "forgetJobs":
      return { ...queue, rows: queue.rows.filter((row) => row.phase.is !== "sent") };
  }
}

/** The rows to send now: the first that wait, as many as there is room for, none while there is a hold. */
export function startable({ rows, hold }: Queue): Row[] {
  if (hold !== null) return [];
  const room = AT_ONCE - rows.filter(({ phase }) => isOnItsWay(phase)).length;
  return rows.filter((row) => row.phase.is === "waiting").slice(0, Math.max(0, room));
}

/** Whether leaving the page would lose files that are on their way. */
export function isBusy({ rows }: Queue): boolean {
  return rows.some(({ phase }) => phase.is === "checking" || phase.is === "waiting" || isOnItsWay(phase));
}

function isOnItsWay({ is }: Phase): boolean {
  return is === "sending" || is === "withdrawing";
}

/** Whether all of a file has been sent, so that the server may make a job of it although nobody waits for the answer. */
export function isThrough({ size, phase }: Row): boolean {
  return phase.is === "sending" && (size === null || (size > 0 && phase.sent >= size));
}

/** Whether a row has ended: refused, cancelled, or its job is final. */
export function isOver({ phase }: Row): boolean {
  return phase.is === "refused" || phase.is === "cancelled" || (phase.is === "sent" && phase.ended);
}

/** Whether the same file is in the queue already, for the same workspace, and under way. */
export function holds({ rows }: Queue, file: File, workspace: string | null): boolean {
  return rows.some(
    (row) =>
      row.workspace === workspace &&
      row.source instanceof File &&
      !isOver(row) &&
      row.source.name === file.name &&
      row.source.size === file.size &&
      row.source.lastModified === file.lastModified,
  );
}

/** Whether another row waits for a row's job: equal files that are sent at the same time have one. */
export function sharesJob({ rows }: Queue, key: string, jobId: string): boolean {
  return rows.some(
    (row) => row.key !== key && row.phase.is === "sent" && row.phase.jobId === jobId && !isOver(row),
  );
}

function change(queue: Queue, key: string, from: Phase["is"][], next: (row: Row) => Row): Queue {
  const rows = queue.rows.map((row) => (row.key === key && from.includes(row.phase.is) ? next(row) : row));
  return { ...queue, rows };
}

/** A row is no longer alone once others are added. */
function together(rows: readonly Row[], added: Row[]): readonly Row[] {
  return added.length === 0 ? rows : rows.map((row) => (row.alone ? { ...row, alone: false } : row));
}

function accepted(
  row: Row,
  { jobId, kind, reused }: { jobId: string; kind: MediaKind; reused: boolean },
): Row {
  return { ...row, kind, phase: { is: "sent", jobId, reused, ended: false } };
}

function cancelled(row: Row, rest: Rest): Row {
  return { ...row, phase: { is: "cancelled", rest } };
}

function ended(row: Row, is: boolean): Row {
  return row.phase.is === "sent" ? { ...row, phase: { ...row.phase, ended: is } } : row;
}

/** Drops the hold when no row is waiting for it. */
function pruned(queue: Queue): Queue {
  return queue.hold !== null && !isBusy(queue) ? { ...queue, hold: null } : queue;
}
