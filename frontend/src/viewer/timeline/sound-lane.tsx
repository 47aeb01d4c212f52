"use client";

import { memo } from "react";
import { useFormatter, useTranslations } from "use-intl";

import type { LevelCurve, Sound } from "@/api/schema";
import { SoundWords } from "@/i18n/sound-words";
import { useTimeText } from "@/i18n/use-time-text";
import type { Evidence, Sample } from "@/viewer/evidence/evidence";
import type { Player } from "@/viewer/player";

import { timeScale } from "./geometry";
import { LaneSlider } from "./lane-slider";
import { levelAt, levelPath, speaksAt } from "./sound";

const HEIGHT = { plot: 36, speech: 10 } as const;

type Props = {
  evidence: Evidence;
  sound: Sound;
  level: LevelCurve;
  player: Player;
  width: number;
  timeAt: (px: number) => number;
  onSeek: (ms: number) => void;
  onHover: (ms: number | null) => void;
};

/** The sound's row of the timeline: its level, when somebody speaks, and where it may have been cut. */
export function SoundLane(props: Props) {
  return (
    <SoundWords waiting={<div className="col-span-3" style={{ height: HEIGHT.plot + HEIGHT.speech }} />}>
      <Row {...props} />
    </SoundWords>
  );
}

function Row({ evidence, sound, level, width, ...slider }: Props) {
  const t = useTranslations("sound.lane");
  return (
    <div className="contents">
      <span aria-hidden className="mb-2.5 flex h-9 items-center justify-center text-sm @2xl:justify-start">
        {t("name")}
      </span>
      <LaneSlider
        {...{ evidence, ...slider }}
        of="sound"
        label={t("label")}
        said={useSaid(evidence, sound, level)}
      >
        <Plot evidence={evidence} sound={sound} level={level} width={width} />
      </LaneSlider>
      <div aria-hidden className="relative mb-2.5 h-9 w-6 text-[11px] leading-none text-muted">
        <span className="absolute top-0 left-0">0</span>
        <span className="absolute bottom-0 left-0">-60</span>
      </div>
    </div>
  );
}

/** What a screen reader says of a sampled frame: the level there, and whether somebody speaks. */
function useSaid({ durationMs }: Evidence, sound: Sound, level: LevelCurve) {
  const t = useTranslations("sound.lane");
  const clockText = useTimeText();
  const format = useFormatter();
  return (sample: Sample | undefined) => {
    const timeMs = sample?.timeMs ?? 0;
    const value = levelAt(level, timeMs);
    const speaks = speaksAt(sound, timeMs);
    return t("value", {
      time: clockText(timeMs),
      duration: clockText(durationMs, false),
      level: value === null ? t("noSound") : t("level", { value: format.number(Math.round(value)) }),
      speech: speaks === null ? t("unknown") : speaks ? t("speaks") : t("quiet"),
    });
  };
}

type PlotProps = Pick<Props, "evidence" | "sound" | "level" | "width">;

/** The level, speech and cuts; kept as drawn while the pointer moves over the lanes. */
const Plot = memo(function Plot({ evidence, sound, level, width }: PlotProps) {
  const x = timeScale(evidence, width);
  return (
    <svg aria-hidden width={width} height={HEIGHT.plot + HEIGHT.speech} className="block">
      <rect width={width} height={HEIGHT.plot} rx="3" className="fill-sunken" />
      <path d={levelPath(level, x, HEIGHT.plot)} data-level className="fill-control" />
      {(sound.speech ?? []).map(({ start_ms: from, end_ms: to }) => (
        <rect
          key={from}
          data-speech
          x={x(from)}
          y={HEIGHT.plot + 4}
          width={Math.max(2, x(to) - x(from))}
          height="4"
          rx="1"
          className="fill-text"
        />
      ))}
      {sound.splices.map(({ sign, timestamp_ms: at }) => (
        <line
          key={`${sign} ${at}`}
          x1={x(at)}
          x2={x(at)}
          y2={HEIGHT.plot}
          strokeDasharray="3 3"
          strokeWidth="1.5"
          className="stroke-text"
        />
      ))}
    </svg>
  );
});

/** What the lane shows, and that the voice itself was not judged. */
export function SoundLegend() {
  return (
    <SoundWords>
      <LegendText />
    </SoundWords>
  );
}

function LegendText() {
  const t = useTranslations("sound");
  return (
    <p className="max-w-prose text-sm text-muted">
      <strong className="font-semibold text-text">{t("notJudged")}</strong> {t("lane.legend")}
    </p>
  );
}
