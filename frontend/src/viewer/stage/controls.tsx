"use client";

import {
  Check,
  ChevronFirst,
  ChevronLast,
  Keyboard,
  Link2,
  Maximize,
  Pause,
  Play,
  ScanFace,
  StepBack,
  StepForward,
  Volume2,
  VolumeX,
} from "lucide-react";
import { useState, type ButtonHTMLAttributes, type MouseEvent, type ReactNode, type RefObject } from "react";
import { useTranslations } from "use-intl";

import { useTimeText } from "@/i18n/use-time-text";
import { useAnnounce } from "@/ui/announcer";
import { copyText } from "@/ui/use-copy";
import { useClock } from "@/viewer/clock";
import type { Evidence } from "@/viewer/evidence/evidence";
import { writeMoment } from "@/viewer/moment-link";
import type { Player } from "@/viewer/player";

type Switch = { on: boolean; toggle: () => void };
type Props = {
  evidence: Evidence;
  player: Player;
  /** Whether there is a video to play; without one the buttons still move through the samples. */
  playable: boolean;
  /** Whether what plays has no sound, though the upload may have. */
  silent: boolean;
  /** Whom a link to this moment names. */
  selected: string | null;
  boxes: Switch;
  /** What fills the screen on demand; null where there is no picture. */
  stage: RefObject<HTMLElement | null> | null;
  onMoment: (direction: -1 | 1) => void;
  onHelp: () => void;
};

/** Everything that moves through a clip by mouse, touch or keyboard, and what is shown over the picture. */
export function Controls(props: Props) {
  const { evidence, player, playable, silent, selected, boxes, stage, onMoment, onHelp } = props;
  const t = useTranslations("viewer");
  const timed = evidence.kind === "video";
  const moments = evidence.tops.length > 0;
  return (
    <div
      role="group"
      aria-label={t("controls")}
      className="flex flex-wrap items-center gap-x-1 px-2 py-1 sm:px-3"
    >
      {timed && (
        <div className="flex w-full items-center gap-2 px-1">
          {playable ? <Scrubber evidence={evidence} player={player} /> : <span className="h-8 flex-1" />}
          <Where evidence={evidence} player={player} />
        </div>
      )}
      {timed && (
        <>
          {moments && (
            <Tool label={t("momentBefore")} shortcut="[" onClick={() => onMoment(-1)}>
              <ChevronFirst aria-hidden />
            </Tool>
          )}
          <Tool label={t("sampleBefore")} shortcut="←" onClick={() => player.step(-1)}>
            <StepBack aria-hidden />
          </Tool>
          {playable && (
            <Tool
              label={player.playing ? t("pause") : t("play")}
              shortcut={t("keys.space")}
              onClick={player.toggle}
            >
              {player.playing ? <Pause aria-hidden /> : <Play aria-hidden />}
            </Tool>
          )}
          <Tool label={t("sampleAfter")} shortcut="→" onClick={() => player.step(1)}>
            <StepForward aria-hidden />
          </Tool>
          {moments && (
            <Tool label={t("momentAfter")} shortcut="]" onClick={() => onMoment(1)}>
              <ChevronLast aria-hidden />
            </Tool>
          )}
        </>
      )}
      <span className="ml-auto flex items-center gap-x-1">
        {timed && playable && <Sound player={player} silent={silent} />}
        {timed && <CopyLink player={player} selected={selected} />}
        {moments && (
          <Tool label={t("boxes")} shortcut="O" aria-pressed={boxes.on} onClick={boxes.toggle}>
            <ScanFace aria-hidden />
          </Tool>
        )}
        {stage && <FullScreen stage={stage} />}
        <Tool label={t("keys.title")} shortcut="?" onClick={onHelp} className="@max-lg:hidden">
          <Keyboard aria-hidden />
        </Tool>
      </span>
    </div>
  );
}

/** Moves freely through the clip, also between samples. */
function Scrubber({ evidence: { durationMs, frameMs }, player }: Pick<Props, "evidence" | "player">) {
  const clockText = useTimeText();
  const t = useTranslations("viewer");
  const cursor = useClock(player.clock, ({ cursorMs }) => cursorMs);
  return (
    <input
      type="range"
      aria-label={t("position")}
      aria-valuetext={t("timeOf", { time: clockText(cursor), duration: clockText(durationMs) })}
      min={0}
      max={Math.round(durationMs)}
      step={Math.max(1, Math.round(frameMs))}
      value={Math.round(cursor)}
      onChange={(event) => player.seek(event.currentTarget.valueAsNumber)}
      className="h-8 min-w-0 flex-1 cursor-pointer accent-text pointer-coarse:h-11"
    />
  );
}

function Where({ evidence: { durationMs }, player }: Pick<Props, "evidence" | "player">) {
  const clockText = useTimeText();
  const time = useClock(player.clock, ({ cursorMs }) => clockText(cursorMs));
  return (
    <span className="text-sm whitespace-nowrap">
      {time} <span className="text-muted">/ {clockText(durationMs)}</span>
    </span>
  );
}

const COPIED_MS = 2_000;
const SPEEDS = [0.25, 0.5, 1, 2] as const;

function Sound({ player, silent }: Pick<Props, "player" | "silent">) {
  const t = useTranslations("viewer");
  const [muted, setMuted] = useState(false);
  const mute = () => {
    player.mute(!muted);
    setMuted(!muted);
  };
  return (
    <>
      <select
        aria-label={t("speed")}
        title={t("speed")}
        defaultValue={1}
        onChange={(event) => player.setSpeed(Number(event.currentTarget.value))}
        className="h-11 rounded-control border border-transparent bg-transparent px-1 text-sm hover:border-control @max-lg:hidden pointer-fine:h-9"
      >
        {SPEEDS.map((speed) => (
          <option key={speed} value={speed} className="bg-surface text-text">
            {t("times", { speed })}
          </option>
        ))}
      </select>
      {silent ? (
        <span className="px-1 text-sm text-muted">{t("silent")}</span>
      ) : (
        <Tool label={t("mute")} aria-pressed={muted} onClick={mute} className="@max-lg:hidden">
          {muted ? <VolumeX aria-hidden /> : <Volume2 aria-hidden />}
        </Tool>
      )}
    </>
  );
}

/** Copies an address that opens the result at this time, and with this person. */
function CopyLink({ player, selected }: Pick<Props, "player" | "selected">) {
  const t = useTranslations("viewer");
  const announce = useAnnounce();
  const [done, setDone] = useState<"linkCopied" | "linkInBar" | null>(null);
  const copy = async ({ currentTarget }: MouseEvent<HTMLButtonElement>) => {
    const address = new URL(location.href);
    address.hash = writeMoment(location.hash, player.clock.now().cursorMs, selected);
    const copied = await copyText(address.href, currentTarget);
    if (!copied) history.replaceState(history.state, "", address.hash);
    const outcome = copied ? "linkCopied" : "linkInBar";
    announce(t(outcome));
    setDone(outcome);
    setTimeout(() => setDone(null), COPIED_MS);
  };
  return (
    <Tool label={t(done ?? "copyLink")} onClick={(event) => void copy(event)}>
      {done === "linkCopied" ? <Check aria-hidden /> : <Link2 aria-hidden />}
    </Tool>
  );
}

function FullScreen({ stage }: { stage: RefObject<HTMLElement | null> }) {
  const t = useTranslations("viewer");
  const toggle = () => {
    // Refused where the browser or a frame around the page forbids it; the page stays as it is.
    const change = document.fullscreenElement
      ? document.exitFullscreen()
      : stage.current?.requestFullscreen();
    change?.catch(() => undefined);
  };
  if (!document.fullscreenEnabled) return null;
  return (
    <Tool label={t("fullScreen")} onClick={toggle}>
      <Maximize aria-hidden />
    </Tool>
  );
}

type ToolProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  /** What it does, for screen readers and as its title. */
  label: string;
  /** The key that does the same. */
  shortcut?: string;
  children: ReactNode;
};

/** A button that is a picture; switches have `aria-pressed`. */
export function Tool({ label, shortcut, children, className = "", ...rest }: ToolProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={shortcut === undefined ? label : `${label} (${shortcut})`}
      className={`inline-flex size-11 shrink-0 items-center justify-center rounded-control text-text transition-colors duration-[120ms] hover:bg-sunken disabled:opacity-45 aria-pressed:bg-sunken aria-pressed:inset-ring-1 aria-pressed:inset-ring-control pointer-fine:size-9 [&_svg]:size-5 ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
