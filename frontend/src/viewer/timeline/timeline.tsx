"use client";

import { Table2 } from "lucide-react";
import { useId, useMemo, useState } from "react";
import { useTranslations } from "use-intl";

import type { Sound } from "@/api/schema";
import { percent } from "@/i18n/format";
import { Button } from "@/ui/button";
import type { Evidence } from "@/viewer/evidence/evidence";
import { snap } from "@/viewer/evidence/seek";
import type { Player } from "@/viewer/player";
import type { Source } from "@/viewer/source";

import { Lanes } from "./lanes";
import { Readout } from "./readout";
import { SoundLegend } from "./sound-lane";
import { ScoreTable } from "./table";

/** Number of lanes shown until all are requested. */
const FIRST_LANES = 5;

export type TimelineProps = {
  evidence: Evidence;
  /** Null without a track, and in results of earlier releases. */
  sound: Sound | null;
  player: Player;
  source: Source;
  selected: string | null;
  chosen: number | null;
  table: { on: boolean; toggle: () => void };
  onMoment: (rank: number) => void;
  onPerson: (letter: string) => void;
};

/** A lane per person, most suspicious first, over one common axis of time; the same data as a table. */
export default function Timeline({
  evidence,
  sound,
  player,
  source,
  selected,
  chosen,
  table,
  onMoment,
  onPerson,
}: TimelineProps) {
  const t = useTranslations("viewer");
  const tableId = useId();
  const [all, setAll] = useState(false);
  const [hoverMs, setHoverMs] = useState<number | null>(null);
  const times = useMemo(() => evidence.samples.map(({ timeMs }) => timeMs), [evidence]);
  const place = evidence.lanes.findIndex(({ letter }) => letter === selected);
  const shown = all || place >= FIRST_LANES ? evidence.lanes : evidence.lanes.slice(0, FIRST_LANES);
  const seek = (ms: number) => player.seek(snap(times, ms));
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h2 className="text-lg font-semibold">{t("timeline")}</h2>
        <Readout evidence={evidence} clock={player.clock} hoverMs={hoverMs} />
      </div>
      <Lanes
        {...{ evidence, sound, player, source, selected, chosen, onMoment, onPerson, hoverMs }}
        lanes={shown}
        onSeek={seek}
        onHover={setHoverMs}
      />
      {shown.length < evidence.lanes.length && (
        <Button look="quiet" className="self-start" onClick={() => setAll(true)}>
          {t("allPeople", { count: evidence.lanes.length })}
        </Button>
      )}
      {sound?.level && <SoundLegend />}
      <div className="flex flex-wrap items-start justify-between gap-3">
        <p className="max-w-prose flex-1 basis-72 text-sm text-muted">
          <strong className="font-semibold text-text">{t("oneFrame")}</strong>{" "}
          {t("reading", { threshold: percent(evidence.threshold) })}
        </p>
        <Button
          aria-expanded={table.on}
          aria-controls={table.on ? tableId : undefined}
          onClick={table.toggle}
        >
          <Table2 aria-hidden className="size-4" />
          {table.on ? t("hideTable") : t("showTable")}
        </Button>
      </div>
      {table.on && (
        <div id={tableId}>
          <ScoreTable evidence={evidence} player={player} onSeek={player.seek} />
        </div>
      )}
    </div>
  );
}
