"use client";

import { Ban, Download, RotateCcw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

import type { BatchAnswer } from "@/api/schema";
import { inWorkspace } from "@/api/workspace";
import { Button, ButtonLink } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

import { isOver, type Change } from "./use-batch";

type Props = { batch: BatchAnswer; mayChange: boolean; busy: boolean; onChange: (change: Change) => void };

/** What can be done with a batch as a whole: take its results away, try again, cancel, delete. */
export function Actions({ batch, mayChange, busy, onChange }: Props) {
  const t = useTranslations("batch.action");
  const [asked, setAsked] = useState<"cancel" | "delete" | null>(null);
  const file = `/api/batches/${encodeURIComponent(batch.batch_id)}`;
  const { refused = 0, failed = 0 } = batch.states;
  const again = batch.state !== "CANCELLED" && refused + failed > 0;
  const confirm = (change: "cancel" | "delete") => {
    setAsked(null);
    onChange(change);
  };
  return (
    <div className="flex flex-wrap gap-2">
      <ButtonLink href={inWorkspace(`${file}.csv`)} download>
        <Download aria-hidden className="size-4" />
        {t("csv")}
      </ButtonLink>
      <ButtonLink href={inWorkspace(`${file}.jsonl`)} download>
        <Download aria-hidden className="size-4" />
        {t("jsonl")}
      </ButtonLink>
      {mayChange && again && (
        <Button onClick={() => onChange("resume")} aria-disabled={busy}>
          <RotateCcw aria-hidden className="size-4" />
          {t("resume")}
        </Button>
      )}
      {mayChange && !isOver(batch) && batch.state !== "CANCELLED" && (
        <Button onClick={() => setAsked("cancel")} aria-disabled={busy}>
          <Ban aria-hidden className="size-4" />
          {t("cancel")}
        </Button>
      )}
      {mayChange && (
        <Button look="quiet" onClick={() => setAsked("delete")} aria-disabled={busy}>
          <Trash2 aria-hidden className="size-4" />
          {t("delete")}
        </Button>
      )}
      {asked !== null && (
        <Dialog
          open
          onOpenChange={() => setAsked(null)}
          title={t(`${asked}Title`)}
          description={t(`${asked}Text`)}
        >
          <Button look="danger" onClick={() => confirm(asked)}>
            {t(`${asked}Yes`)}
          </Button>
        </Dialog>
      )}
    </div>
  );
}
