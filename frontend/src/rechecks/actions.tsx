"use client";

import { Ban, Pause, Play } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

import type { RecheckAnswer } from "@/api/schema";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

import type { Move } from "./use-rechecks";

type Props = { recheck: RecheckAnswer; busy: boolean; onMove: (move: Move) => void };

/** What can be done with a recheck that has not ended: pause, go on, stop. */
export function Actions({ recheck: { state }, busy, onMove }: Props) {
  const t = useTranslations("recheck.action");
  const [asked, setAsked] = useState(false);
  const move = (wanted: Move) => {
    setAsked(false);
    if (!busy) onMove(wanted);
  };
  return (
    <div className="flex flex-wrap gap-2">
      {state === "RUNNING" && (
        <Button onClick={() => move("pause")} aria-disabled={busy}>
          <Pause aria-hidden className="size-4" />
          {t("pause")}
        </Button>
      )}
      {state === "PAUSED" && (
        <Button onClick={() => move("resume")} aria-disabled={busy}>
          <Play aria-hidden className="size-4" />
          {t("resume")}
        </Button>
      )}
      {state !== "STOPPED" && (
        <Button look="quiet" onClick={() => setAsked(true)} aria-disabled={busy}>
          <Ban aria-hidden className="size-4" />
          {t("stop")}
        </Button>
      )}
      {asked && (
        <Dialog open onOpenChange={setAsked} title={t("stopTitle")} description={t("stopText")}>
          <Button look="danger" onClick={() => move("stop")}>
            {t("stopYes")}
          </Button>
        </Dialog>
      )}
    </div>
  );
}
