import { useState, type ComponentProps } from "react";
import { useTranslations } from "use-intl";

import type { Sound } from "@/api/schema";
import { percent, scoreText } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";
import { useClock, type Clock } from "@/viewer/clock";
import type { Evidence, Lane } from "@/viewer/evidence/evidence";
import type { Player } from "@/viewer/player";
import { useSize } from "@/viewer/size";
import type { Source } from "@/viewer/source";

import { LANE, ticksOf, timeScale } from "./geometry";
import { LanePlot } from "./lane-plot";
import { LaneSlider } from "./lane-slider";
import { SoundLane } from "./sound-lane";

type Props = {
  evidence: Evidence;
  player: Player;
  source: Source;
  selected: string | null;
  chosen: number | null;
  onMoment: (rank: number) => void;
  onPerson: (letter: string) => void;
  lanes: readonly Lane[];
  sound: Sound | null;
  hoverMs: number | null;
  onSeek: (ms: number) => void;
  onHover: (ms: number | null) => void;
};

/** The lanes with their persons, scale and axis, and the playhead through all of them. */
export function Lanes({
  evidence,
  lanes,
  sound,
  player,
  source,
  selected,
  chosen,
  hoverMs,
  onSeek,
  onHover,
  onMoment,
  onPerson,
}: Props) {
  const [measure, { width }] = useSize<HTMLDivElement>();
  const x = timeScale(evidence, width);
  return (
    <div className="relative grid grid-cols-[auto_minmax(0,1fr)_auto] items-end gap-x-2 gap-y-2 @2xl:gap-x-3">
      {lanes.map((lane) => (
        <div key={lane.letter} className="contents">
          <LaneName lane={lane} source={source} selected={lane.letter === selected} onPerson={onPerson} />
          <PersonSlider {...{ evidence, lane, player, onSeek, onHover, onMoment }} timeAt={x.invert}>
            <LanePlot evidence={evidence} lane={lane} width={width} chosen={chosen} />
          </PersonSlider>
          <LaneScale threshold={evidence.threshold} />
        </div>
      ))}
      {sound?.level && (
        <SoundLane
          {...{ evidence, sound, level: sound.level, player, onSeek, onHover, width }}
          timeAt={x.invert}
        />
      )}
      <div ref={measure} className="relative col-start-2 h-5 text-xs text-muted" aria-hidden>
        {width > 0 && <Axis evidence={evidence} width={width} />}
      </div>
      <div aria-hidden className="pointer-events-none absolute inset-x-0 top-0 bottom-7 z-10 col-start-2">
        {hoverMs !== null && <Hairline x={x(hoverMs)} quiet />}
        <Playhead clock={player.clock} x={x} />
      </div>
    </div>
  );
}

type PersonProps = Omit<ComponentProps<typeof LaneSlider>, "of" | "label" | "said"> & { lane: Lane };

function PersonSlider({ lane, ...rest }: PersonProps) {
  const t = useTranslations("viewer");
  const common = useTranslations("common");
  const clockText = useTimeText();
  const person = common("person", { letter: lane.letter });
  return (
    <LaneSlider
      {...rest}
      of={lane.letter}
      label={t("laneLabel", { person })}
      said={(sample) => {
        const seen = sample?.scores[lane.letter];
        return t("laneValue", {
          time: clockText(sample?.timeMs ?? 0),
          duration: clockText(rest.evidence.durationMs, false),
          person,
          score:
            seen === undefined
              ? t("notSeen")
              : seen === null
                ? t("withheld")
                : t("score", { score: scoreText(seen) }),
        });
      }}
    />
  );
}

type NameProps = Pick<Props, "source" | "onPerson"> & { lane: Lane; selected: boolean };

/** Who a lane is about. A press picks the person out; by keyboard that is a digit, so the lane stays one tab stop. */
function LaneName({ lane, source, selected, onPerson }: NameProps) {
  const [failed, setFailed] = useState<string | null>(null);
  const url = source.artifactUrl(lane.thumbnailUrl);
  return (
    <button
      type="button"
      aria-hidden
      tabIndex={-1}
      onClick={() => onPerson(lane.letter)}
      className={`mb-2.5 flex h-[60px] min-w-11 flex-col items-center justify-center gap-x-2 rounded-control px-1 text-left @2xl:w-28 @2xl:flex-row @2xl:justify-start ${selected ? "bg-sunken inset-ring-1 inset-ring-control" : ""}`}
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
          {lane.estimate === null ? (
            scoreText(undefined)
          ) : (
            <span className="hidden @2xl:inline">{percent(lane.estimate)}</span>
          )}
        </span>
      </span>
    </button>
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
  const timeText = useTimeText();
  return ticksOf(evidence, width, timeText).map(({ ms, text }) => (
    <span key={ms} className="absolute -translate-x-1/2" style={{ left: x(ms) }}>
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
