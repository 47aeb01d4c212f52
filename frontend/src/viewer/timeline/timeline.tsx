"use client";

import { Table2 } from "lucide-react";
import { useId, useMemo, useState } from "react";
import { useTranslations } from "use-intl";

import { percent } from "@/i18n/format";
import { Button } from "@/ui/button";
import { useClock, type Clock } from "@/viewer/clock";
import type { Evidence, Lane } from "@/viewer/evidence/evidence";
import { scoreText } from "@/viewer/evidence/score";
import { snap } from "@/viewer/evidence/seek";
import type { Player } from "@/viewer/player";
import { useSize } from "@/viewer/size";
import type { Source } from "@/viewer/source";

import { LANE, ticksOf, timeScale } from "./geometry";
import { LanePlot } from "./lane-plot";
import { LaneSlider } from "./lane-slider";
import { Readout } from "./readout";
import { ScoreTable } from "./table";

/** Lanes that are shown before one asks for all. */
const FIRST_LANES = 5;

export type TimelineProps = {
  evidence: Evidence;
  player: Player;
  source: Source;
  selected: string | null;
  chosen: number | null;
  table: { on: boolean; toggle: () => void };
  onMoment: (rank: number) => void;
};

/** A lane per person, most suspicious first, over one common axis of time; the same data as a table. */
export default function Timeline({
  evidence,
  player,
  source,
  selected,
  chosen,
  table,
  onMoment,
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
        <h3 className="font-semibold">{t("timeline")}</h3>
        <Readout evidence={evidence} clock={player.clock} hoverMs={hoverMs} />
      </div>
      <Lanes
        {...{ evidence, player, source, selected, chosen, onMoment, hoverMs }}
        lanes={shown}
        onSeek={seek}
        onHover={setHoverMs}
      />
      {shown.length < evidence.lanes.length && (
        <Button look="quiet" className="self-start" onClick={() => setAll(true)}>
          {t("allPeople", { count: evidence.lanes.length })}
        </Button>
      )}
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

type LanesProps = Omit<TimelineProps, "table"> & {
  lanes: readonly Lane[];
  hoverMs: number | null;
  onSeek: (ms: number) => void;
  onHover: (ms: number | null) => void;
};

function Lanes({
  evidence,
  lanes,
  player,
  source,
  selected,
  chosen,
  hoverMs,
  onSeek,
  onHover,
  onMoment,
}: LanesProps) {
  const [measure, { width }] = useSize<HTMLDivElement>();
  const x = timeScale(evidence, width);
  return (
    <div className="relative grid grid-cols-[auto_minmax(0,1fr)_auto] items-end gap-x-2 gap-y-2 @2xl:gap-x-3">
      {lanes.map((lane) => {
        const tops = evidence.tops.filter(({ letter }) => letter === lane.letter);
        return (
          <div key={lane.letter} className="contents">
            <LaneName lane={lane} source={source} selected={lane.letter === selected} />
            <LaneSlider {...{ evidence, lane, player, onSeek, onHover, onMoment }} timeAt={x.invert}>
              <LanePlot evidence={evidence} lane={lane} tops={tops} width={width} chosen={chosen} />
            </LaneSlider>
            <LaneScale threshold={evidence.threshold} />
          </div>
        );
      })}
      <div ref={measure} className="relative col-start-2 h-5 text-xs text-muted" aria-hidden>
        {width > 0 && <Axis evidence={evidence} width={width} />}
      </div>
      <div aria-hidden className="pointer-events-none absolute inset-x-0 top-0 bottom-7 col-start-2">
        {hoverMs !== null && <Hairline x={x(hoverMs)} quiet />}
        <Playhead clock={player.clock} x={x} />
      </div>
    </div>
  );
}

function LaneName({ lane, source, selected }: { lane: Lane; source: Source; selected: boolean }) {
  const [failed, setFailed] = useState<string | null>(null);
  const url = source.artifactUrl(lane.thumbnailUrl);
  return (
    <div
      aria-hidden
      className={`mb-2.5 flex h-[60px] flex-col items-center justify-center gap-x-2 rounded-control px-1 @2xl:w-28 @2xl:flex-row @2xl:justify-start ${selected ? "bg-sunken inset-ring-1 inset-ring-control" : ""}`}
    >
      {url !== null && url !== failed && (
        <img
          src={url}
          alt=""
          width={64}
          height={64}
          loading="lazy"
          onError={() => setFailed(url)}
          className="size-8 rounded object-cover @2xl:size-11"
        />
      )}
      <span className="text-sm leading-tight">
        <span className="font-semibold">{lane.letter}</span>{" "}
        <span className="text-muted @2xl:block">
          {lane.probability === null ? (
            scoreText(null)
          ) : (
            <span className="hidden @2xl:inline">{percent(lane.probability)}</span>
          )}
        </span>
      </span>
    </div>
  );
}

/** 100, the threshold and 0 beside a lane; the ends give way to a threshold that is near them. */
function LaneScale({ threshold }: { threshold: number }) {
  const at = (score: number) => ({ top: `${(1 - score) * (LANE.plot - 2)}px` });
  const label = "absolute left-0 -translate-y-1/2 whitespace-nowrap";
  return (
    <div aria-hidden className="relative mb-2.5 h-[60px] w-6 text-[11px] leading-none text-muted">
      {threshold < 0.8 && (
        <span className={label} style={at(0.93)}>
          100
        </span>
      )}
      <span className={`${label} font-semibold text-text`} style={at(threshold)}>
        {Math.round(100 * threshold)}
      </span>
      {threshold > 0.2 && (
        <span className={label} style={at(0.07)}>
          0
        </span>
      )}
    </div>
  );
}

function Axis({ evidence, width }: { evidence: Evidence; width: number }) {
  const x = timeScale(evidence, width);
  return ticksOf(evidence, width).map(({ ms, text }) => (
    <span
      key={ms}
      className="absolute -translate-x-1/2 border-0 first:translate-x-0 last:max-w-fit"
      style={{ left: x(ms) }}
    >
      {text}
    </span>
  ));
}

function Playhead({ clock, x }: { clock: Clock; x: (ms: number) => number }) {
  return <Hairline x={useClock(clock, ({ cursorMs }) => x(cursorMs))} />;
}

function Hairline({ x, quiet = false }: { x: number; quiet?: boolean }) {
  return (
    <div
      className={`absolute inset-y-0 -ml-px ${quiet ? "w-px bg-muted opacity-60" : "w-0.5 bg-text"}`}
      style={{ transform: `translateX(${x}px)` }}
    />
  );
}
