"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import { useWorkspace } from "@/api/queries";
import type { BulkAction, BulkDone, MediaPage } from "@/api/schema";
import type { LibraryQuery } from "@/library/query";
import { countOf, isChosen, type Selection } from "@/library/selection";
import { RecheckButton } from "@/rechecks/recheck-button";
import { Button } from "@/ui/button";

import { ACTIONS, isRemoval, type ActionName } from "./actions";
import { BulkDialog } from "./bulk-dialog";
import { Progress, useOutcome } from "./outcome";

type Props = {
  query: LibraryQuery;
  page: MediaPage;
  selection: Selection;
  onAll: () => void;
  onNone: () => void;
};

/** How many files are chosen, and what can be done with them; its room is kept while none is. */
export function BulkBar({ query, page, selection, onAll, onNone }: Props) {
  const t = useTranslations("library.bulk");
  const may = useWorkspace()?.may ?? [];
  const [action, setAction] = useState<ActionName | null>(null);
  const [done, setDone] = useState<{ action: ActionName; of: BulkDone } | null>(null);
  const [begun, setBegun] = useState<BulkAction | null>(null);
  const outcome = useOutcome();
  const count = countOf(selection, page.total);
  const whole = page.media.every(({ id }) => isChosen(selection, id));
  const beyond = whole && !selection.all && (page.more || page.total > page.media.length);
  return (
    <div className="mb-2 flex min-h-11 flex-wrap items-center gap-2 text-sm">
      {begun !== null && action === null && <Progress begun={begun} />}
      {count === 0 && begun !== null ? null : count === 0 ? (
        <p role="status" className="text-muted">
          {done === null ? t("none") : outcome(done.action, done.of)}
        </p>
      ) : (
        <>
          <p role="status" className="font-medium">
            {t(selection.all ? "all" : "chosen", { count })}
          </p>
          {beyond &&
            (page.more ? (
              <p className="text-muted">{t("tooMany", { count: page.total })}</p>
            ) : (
              <Button look="quiet" onClick={onAll}>
                {t("chooseAll", { count: page.total })}
              </Button>
            ))}
          <Button look="quiet" onClick={onNone}>
            {t("clear")}
          </Button>
          <div role="group" aria-label={t("label")} className="flex flex-wrap gap-2">
            <RecheckButton wanted={selection.all ? { q: query.q } : { ids: [...selection.ids] }} />
            {ACTIONS.filter(({ needs }) => may.includes(needs)).map(({ name }) => (
              <Button
                key={name}
                look={isRemoval(name) ? "danger" : "secondary"}
                onClick={() => setAction(name)}
              >
                {t(`action.${name}`)}
              </Button>
            ))}
          </div>
        </>
      )}
      {action !== null && (
        <BulkDialog
          key={action}
          action={action}
          chosen={selection.all ? { ids: [], q: query.q } : { ids: [...selection.ids] }}
          count={count}
          onClose={() => setAction(null)}
          onBegun={(started) => {
            setBegun(started);
            setDone(null);
            onNone();
          }}
          onDone={(result) => {
            setAction(null);
            setBegun(null);
            setDone({ action, of: result });
            onNone();
          }}
        />
      )}
    </div>
  );
}
