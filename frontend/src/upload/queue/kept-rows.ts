import type { MediaKind } from "@/api/schema";
import { chosenWorkspace } from "@/api/workspace";

import type { Row } from "./queue";

/** What a reload keeps of the queue: the jobs that this tab started, and the account they belong to. */
export type Kept = { owner: string | null; rows: Row[] };

type Entry = {
  jobId: string;
  name: string;
  size: number | null;
  kind: MediaKind | null;
  /** Missing where an earlier release has kept the row. */
  workspace?: string | null;
};

const STORED = "deepshield.queue";
const MOST = 50;

/** Keep the rows that have a job for this tab; files cannot be kept. */
export function keepRows(owner: string | null, rows: readonly Row[]): void {
  const entries = rows.flatMap<Entry>(({ phase, name, size, kind, workspace }) =>
    phase.is === "sent" ? [{ jobId: phase.jobId, name, size, kind, workspace }] : [],
  );
  try {
    sessionStorage.setItem(STORED, JSON.stringify({ owner, entries: entries.slice(-MOST) }));
  } catch {
    // Full or forbidden: the rows are lost on a reload, the jobs are not.
  }
}

/** The rows that were kept; none where there are none, or they cannot be parsed. */
export function keptRows(): Kept {
  try {
    const { owner, entries } = JSON.parse(sessionStorage.getItem(STORED) ?? "") as {
      owner: string | null;
      entries: Entry[];
    };
    return {
      owner: owner ?? null,
      rows: [...new Map(entries.map((entry) => [entry.jobId, toRow(entry)])).values()],
    };
  } catch {
    return { owner: null, rows: [] };
  }
}

function toRow({ jobId, name, size, kind, workspace = chosenWorkspace() }: Entry): Row {
  const phase = { is: "sent", jobId, reused: false, ended: false } as const;
  return { key: jobId, name, size, kind, workspace, source: null, alone: false, phase };
}
