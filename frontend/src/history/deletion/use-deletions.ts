import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { MeAnswer } from "@/api/schema";
import { chosenWorkspace } from "@/api/workspace";
import type { Row } from "@/history/row";
import { asOwner } from "@/jobs/owner-secrets";
import { dropLocalFile, forget } from "@/jobs/remembered";
import { useAnnounce } from "@/ui/announcer";

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

/** What is to be deleted: the row's name, the account that wants it, and the workspace in which that has seen it. */
type Wanted = { name: string; account: string | null; workspace: string | null };

// The page was left before the refusal came: it is shown when the page is next.
let unseen: Pick<Wanted, "name" | "account"> | null = null;

/** Deletions of rows, each of which can be undone for a while; leaving the page carries them out. */
export function useDeletions(): RowDeletions {
  const client = useQueryClient();
  const announceFailed = useAnnouncedFailure();
  const [marks, setMarks] = useState<ReadonlyMap<string, Mark>>(new Map());
  const [failed, setFailed] = useState<string | null>(() =>
    unseen?.account === signedIn(client) ? (unseen?.name ?? null) : null,
  );

  const [{ timers, wanted, mark }] = useState(() => {
    const wanted = new Map<string, Wanted>();
    const mark = (id: string, value: Mark | null) => setMarks((before) => marked(before, id, value));
    const carryOut = async (id: string) => {
      const { name, account, workspace } = wanted.get(id) ?? { name: "", account: null, workspace: null };
      mark(id, "gone");
      try {
        await deleteJob(client, id, workspace);
      } catch {
        mark(id, null);
        setFailed(name);
        announceFailed.current(name, account);
      }
    };
    return { wanted, mark, timers: new Deletions((id) => void carryOut(id)) };
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
      unseen = null;
      wanted.set(id, { name, account: signedIn(client), workspace: chosenWorkspace() });
      mark(id, "waiting");
      timers.schedule(id);
    },
    undo: (id) => {
      if (timers.undo(id)) mark(id, null);
    },
  };
}

/** Tells of a row that could not be deleted after its page was left; a page that is still shown has a notice. */
function useAnnouncedFailure() {
  const t = useTranslations("history.undo");
  const announce = useAnnounce();
  const left = useRef(false);
  const announceFailed = useRef<(name: string, account: string | null) => void>(() => undefined);
  useEffect(() => {
    announceFailed.current = (name, account) => {
      if (!left.current) return;
      unseen = { name, account };
      announce(t("failed", { name }));
    };
  }, [announce, t]);
  useEffect(() => {
    left.current = false;
    unseen = null;
    return () => void (left.current = true);
  }, []);
  return announceFailed;
}

/** The id of the account that is signed in, as far as it is known. */
function signedIn(client: QueryClient): string | null {
  return client.getQueryData<MeAnswer | null>(keys.me)?.id ?? null;
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

/** Delete a job of a workspace, also while the page is being left. A job that no longer exists there counts as deleted. */
async function deleteJob(client: QueryClient, id: string, workspace: string | null): Promise<void> {
  try {
    await unwrap(api.DELETE("/api/jobs/{job_id}", { ...asOwner(id, workspace), keepalive: true }));
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
  forget(id);
  dropLocalFile(id);
  client.removeQueries({ queryKey: keys.result(id) });
  await client.invalidateQueries({ queryKey: keys.jobs });
}
