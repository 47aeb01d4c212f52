import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { Row } from "@/history/row";
import { asOwner } from "@/jobs/owner-secrets";
import { dropLocalFile, forget } from "@/jobs/remembered";

import { Deletions } from "./deletions";

/** A row being deleted: can still be undone, or deleted. */
export type Mark = "waiting" | "gone";

export type RowDeletions = {
  marks: ReadonlyMap<string, Mark>;
  /** Name of the row whose deletion failed last, until the next one. */
  failed: string | null;
  remove: (row: Row) => void;
  undo: (id: string) => void;
};

/** Deletions of rows, each of which can be undone for a while; leaving the page carries them out. */
export function useDeletions(): RowDeletions {
  const client = useQueryClient();
  const [marks, setMarks] = useState<ReadonlyMap<string, Mark>>(new Map());
  const [failed, setFailed] = useState<string | null>(null);

  const [{ timers, names, mark }] = useState(() => {
    const names = new Map<string, string>();
    const mark = (id: string, value: Mark | null) => setMarks((before) => marked(before, id, value));
    const carryOut = async (id: string) => {
      mark(id, "gone");
      try {
        await deleteJob(client, id);
      } catch {
        mark(id, null);
        setFailed(names.get(id) ?? "");
      }
    };
    return { names, mark, timers: new Deletions((id) => void carryOut(id)) };
  });

  useEffect(() => {
    const flush = () => timers.flush();
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("pagehide", flush);
      flush();
    };
  }, [timers]);

  return {
    marks,
    failed,
    remove: ({ id, name }) => {
      setFailed(null);
      names.set(id, name);
      mark(id, "waiting");
      timers.schedule(id);
    },
    undo: (id) => {
      if (timers.undo(id)) mark(id, null);
    },
  };
}

function marked(
  before: ReadonlyMap<string, Mark>,
  id: string,
  value: Mark | null,
): ReadonlyMap<string, Mark> {
  const after = new Map(before);
  if (value === null) after.delete(id);
  else after.set(id, value);
  return after;
}

/** Delete a job, also while the page is being left. A job that no longer exists counts as deleted. */
async function deleteJob(client: QueryClient, id: string): Promise<void> {
  try {
    await unwrap(api.DELETE("/api/jobs/{job_id}", { ...asOwner(id), keepalive: true }));
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
  forget(id);
  dropLocalFile(id);
  client.removeQueries({ queryKey: keys.result(id) });
  await client.invalidateQueries({ queryKey: keys.jobs });
}
