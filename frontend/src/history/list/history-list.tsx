"use client";

import { useState } from "react";
import { useNow, useTranslations } from "use-intl";

import { UNDO_MS } from "@/history/deletion/deletions";
import { Tombstone } from "@/history/deletion/tombstone";
import type { RowDeletions } from "@/history/deletion/use-deletions";
import type { Row } from "@/history/row";
import { useAnnounce } from "@/ui/announcer";

import { HistoryRow } from "./history-row";

const TICK_MS = 30_000;

type Props = { rows: readonly Row[]; deletions: RowDeletions; onFocusLost: () => void };

/** The rows; a row about to be deleted is replaced by its undo button. */
export function HistoryList({ rows, deletions, onFocusLost }: Props) {
  const t = useTranslations("history.undo");
  const announce = useAnnounce();
  const now = useNow({ updateInterval: TICK_MS });
  const [restored, setRestored] = useState<string | null>(null);

  const onDelete = (row: Row) => {
    deletions.remove(row);
    announce(t("said", { name: row.name, count: UNDO_MS / 1000 }));
  };
  const onUndo = ({ id, name }: Row) => {
    deletions.undo(id);
    setRestored(id);
    announce(t("back", { name }));
  };
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-card border border-line bg-surface">
      {rows.map((row) =>
        deletions.marks.has(row.id) ? (
          <Tombstone key={row.id} name={row.name} onUndo={() => onUndo(row)} onFocusLost={onFocusLost} />
        ) : (
          <HistoryRow
            key={row.id}
            row={row}
            now={now}
            focus={restored === row.id}
            onDelete={() => onDelete(row)}
          />
        ),
      )}
    </ul>
  );
}
