"use client";

import {
  Eye,
  EyeOff,
  Pause,
  Play,
  ScanFace,
  SquareDashed,
  StepBack,
  StepForward,
  Volume2,
  VolumeX,
} from "lucide-react";
import type { ButtonHTMLAttributes } from "react";
import { useTranslations } from "use-intl";

import type { ReviewFile } from "@/api/schema";
import { useTimeText } from "@/i18n/use-time-text";
import { Button } from "@/ui/button";
import { useClock } from "@/viewer/clock";

import type { Player } from "./player";

type Props = {
  file: ReviewFile;
  player: Player;
  shown: boolean;
  onShow: () => void;
  muted: boolean;
  onMute: () => void;
  /** Null where nobody is seen in the file. */
  boxes: { on: boolean; toggle: () => void } | null;
  drawing: boolean;
  onRegion: () => void;
  begun: number | null;
  onSpan: (edge: "start" | "end") => void;
};

/** Everything that is done with the picture, by mouse and touch as by keys. */
export function Controls(props: Props) {
  const { file, player, shown, onShow, muted, onMute, boxes, drawing, onRegion, begun, onSpan } = props;
  const t = useTranslations("review.picture");
  const time = useTimeText();
  const timed = file.kind === "video";
  return (
    <div role="group" aria-label={t("controls")} className="flex flex-wrap items-center gap-1 p-2">
      {timed && <Scrubber player={player} />}
      <Tool label={t(shown ? "hide" : "show")} shortcut="B" aria-pressed={shown} onClick={onShow}>
        {shown ? <EyeOff aria-hidden className="size-5" /> : <Eye aria-hidden className="size-5" />}
      </Tool>
      {timed && (
        <>
          <Tool label={t("frameBefore")} shortcut="," onClick={() => player.step(-1)}>
            <StepBack aria-hidden className="size-5" />
          </Tool>
          <Tool label={t(player.playing ? "pause" : "play")} shortcut={t("space")} onClick={player.toggle}>
            {player.playing ? (
              <Pause aria-hidden className="size-5" />
            ) : (
              <Play aria-hidden className="size-5" />
            )}
          </Tool>
          <Tool label={t("frameAfter")} shortcut="." onClick={() => player.step(1)}>
            <StepForward aria-hidden className="size-5" />
          </Tool>
          <Tool label={t(muted ? "soundOn" : "soundOff")} shortcut="M" onClick={onMute}>
            {muted ? <VolumeX aria-hidden className="size-5" /> : <Volume2 aria-hidden className="size-5" />}
          </Tool>
        </>
      )}
      {boxes !== null && (
        <Tool label={t("boxes")} aria-pressed={boxes.on} onClick={boxes.toggle}>
          <ScanFace aria-hidden className="size-5" />
        </Tool>
      )}
      <Tool label={t("mark")} shortcut="R" aria-pressed={drawing} onClick={onRegion}>
        <SquareDashed aria-hidden className="size-5" />
      </Tool>
      {timed && (
        <>
          <Button look="quiet" onClick={() => onSpan("start")}>
            {t("spanStart")} <Key>[</Key>
          </Button>
          <Button look="quiet" aria-disabled={begun === null} onClick={() => onSpan("end")}>
            {t("spanEnd")} <Key>]</Key>
          </Button>
          {begun !== null && <p className="text-sm text-muted">{t("begun", { time: time(1000 * begun) })}</p>}
        </>
      )}
    </div>
  );
}

/** A key as it is named beside what it does. */
export function Key({ children }: { children: string }) {
  return (
    <kbd
      aria-hidden
      className="hidden rounded border border-control bg-sunken px-1.5 font-sans text-xs text-text pointer-fine:inline-block"
    >
      {children}
    </kbd>
  );
}

type ToolProps = ButtonHTMLAttributes<HTMLButtonElement> & { label: string; shortcut?: string };

function Tool({ label, shortcut, children, ...rest }: ToolProps) {
  const title = shortcut === undefined ? label : `${label} (${shortcut})`;
  return (
    <button
      type="button"
      aria-label={label}
      title={title}
      className="inline-flex size-11 items-center justify-center rounded-control text-text hover:bg-sunken aria-pressed:bg-sunken pointer-fine:size-9"
      {...rest}
    >
      {children}
    </button>
  );
}

function Scrubber({ player }: { player: Player }) {
  const t = useTranslations("review.picture");
  const time = useTimeText();
  const at = useClock(player.clock, ({ cursorMs }) => Math.round(cursorMs / 100) * 100);
  const whole = time(player.durationMs);
  return (
    <div className="flex w-full items-center gap-3 px-1">
      <input
        type="range"
        min={0}
        max={Math.max(1, Math.round(player.durationMs))}
        step={Math.max(1, Math.round(player.frameMs))}
        value={Math.min(at, player.durationMs)}
        aria-label={t("position")}
        aria-valuetext={t("at", { time: time(at), whole })}
        onChange={(event) => player.seek(Number(event.currentTarget.value))}
        className="h-11 min-w-0 flex-1 accent-text pointer-fine:h-8"
      />
      <span aria-hidden className="text-sm text-muted tabular-nums">
        {time(at)} / {whole}
      </span>
    </div>
  );
}
