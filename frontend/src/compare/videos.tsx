"use client";

import { Pause, Play } from "lucide-react";
import { useEffect, useMemo, useState, type KeyboardEvent } from "react";
import { useTranslations } from "use-intl";

import { useTimeText } from "@/i18n/use-time-text";
import { Button } from "@/ui/button";
import { useClock } from "@/viewer/clock";
import { commandFor, ComparedLanes, ComparedVideo, snap, useKeysPreference } from "@/viewer/compared";
import { usePlayer, type Player } from "@/viewer/player";

import { Side, type Compared } from "./side";
import { follow, linked } from "./sync";

type Props = { files: readonly [Compared, Compared]; boxes: boolean; onBoxes: () => void };

/** Two videos that play and move together, the second one by an offset ahead of the first. */
export function Videos({ files: [first, second], boxes, onBoxes }: Props) {
  const t = useTranslations("compare");
  const [offsetMs, setOffsetMs] = useState(0);
  const one = usePlayer(first.evidence, 0);
  const other = usePlayer(second.evidence, 0);
  const [keys] = useKeysPreference();
  useFollowing(one, other, offsetMs, second.evidence.durationMs);
  const players = useMemo(
    () =>
      [
        linked(one, other, (ms) => ms + offsetMs, one.toggle),
        linked(other, one, (ms) => ms - offsetMs, one.toggle),
      ] as const,
    [one, other, offsetMs],
  );
  const { frameMs } = first.evidence;
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!keys) return;
    const command = commandFor(event);
    if (command?.do === "play") players[0].toggle();
    else if (command?.do === "step") players[0].step(command.direction);
    else if (command?.do === "jump") players[0].jump(command.direction);
    else if (command?.do === "boxes") onBoxes();
    else if (command === null && isOffsetKey(event))
      setOffsetMs(offsetMs + (event.key === "," ? -1 : 1) * frameMs);
    else return;
    event.preventDefault();
  };
  return (
    <section aria-label={t("players")} tabIndex={-1} onKeyDown={onKeyDown} className="flex flex-col gap-4">
      <div className="grid gap-4 md:grid-cols-2">
        {([first, second] as const).map((file, index) => {
          const player = players[index === 0 ? 0 : 1];
          const times = file.evidence.samples.map(({ timeMs }) => timeMs);
          return (
            <Side key={index} file={file} number={index + 1}>
              <ComparedVideo {...file} player={player} boxes={boxes} />
              <div className="px-4 pt-4">
                <ComparedLanes {...file} player={player} onSeek={(ms) => player.seek(snap(times, ms))} />
              </div>
            </Side>
          );
        })}
      </div>
      <Controls
        player={players[0]}
        durationMs={first.evidence.durationMs}
        frameMs={frameMs}
        offsetMs={offsetMs}
        onOffset={setOffsetMs}
      />
    </section>
  );
}

function isOffsetKey({ key, ctrlKey, altKey, metaKey, target }: KeyboardEvent): boolean {
  const typed = target instanceof Element && target.closest("input, select, textarea") !== null;
  return (key === "," || key === ".") && !ctrlKey && !altKey && !metaKey && !typed;
}

/** The second player goes where the first one is, with every picture and when it stops or the offset changes. */
function useFollowing(one: Player, other: Player, offsetMs: number, durationMs: number): void {
  const { clock, playing } = one;
  useEffect(() => {
    if (!playing) other.seek(clock.now().cursorMs + offsetMs);
    follow(one, other, offsetMs, durationMs);
    return clock.subscribe(() => follow(one, other, offsetMs, durationMs));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what a player can do is the same as long as its file is
  }, [clock, playing, offsetMs, durationMs]);
}

type ControlsProps = {
  player: Player;
  durationMs: number;
  frameMs: number;
  offsetMs: number;
  onOffset: (ms: number) => void;
};

function Controls({ player, durationMs, frameMs, offsetMs, onOffset }: ControlsProps) {
  const t = useTranslations();
  const clock = useTimeText();
  const cursor = useClock(player.clock, ({ cursorMs }) => cursorMs);
  return (
    <div
      role="group"
      aria-label={t("compare.controls")}
      className="sticky bottom-0 z-20 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-card border border-line bg-surface p-3 print:hidden"
    >
      <Button look="primary" onClick={player.toggle}>
        {player.playing ? <Pause aria-hidden className="size-4" /> : <Play aria-hidden className="size-4" />}
        {t(player.playing ? "viewer.pause" : "viewer.play")}
      </Button>
      <div className="flex min-w-48 flex-1 items-center gap-2">
        <input
          type="range"
          aria-label={t("viewer.position")}
          aria-valuetext={t("viewer.timeOf", { time: clock(cursor), duration: clock(durationMs) })}
          min={0}
          max={Math.round(durationMs)}
          step={Math.max(1, Math.round(frameMs))}
          value={Math.round(cursor)}
          onChange={(event) => player.seek(event.currentTarget.valueAsNumber)}
          className="h-8 min-w-0 flex-1 cursor-pointer accent-text pointer-coarse:h-11"
        />
        <span className="text-sm whitespace-nowrap">
          {clock(cursor)} <span className="text-muted">/ {clock(durationMs)}</span>
        </span>
      </div>
      <Offset {...{ frameMs, offsetMs, onOffset }} />
    </div>
  );
}

/** How much further the second file is, in seconds. */
function Offset({ frameMs, offsetMs, onOffset }: Pick<ControlsProps, "frameMs" | "offsetMs" | "onOffset">) {
  const t = useTranslations("compare");
  return (
    <div className="flex flex-wrap items-center gap-2">
      <label className="flex items-center gap-2 text-sm font-medium">
        {t("offset")}
        <input
          type="number"
          step={Math.round(frameMs) / 1000}
          value={Math.round(offsetMs) / 1000}
          onChange={(event) => onOffset(1000 * (event.currentTarget.valueAsNumber || 0))}
          className="h-11 w-24 rounded-control border border-control bg-surface px-2 font-normal pointer-fine:h-9"
        />
      </label>
      <p className="text-sm text-muted pointer-coarse:hidden">{t("offsetHint")}</p>
    </div>
  );
}
