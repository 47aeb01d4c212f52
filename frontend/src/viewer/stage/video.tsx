"use client";

import { useTranslations } from "use-intl";

import { Boxes } from "@/viewer/boxes";
import { useClock } from "@/viewer/clock";
import type { Evidence } from "@/viewer/evidence/evidence";
import { sampleShownAt } from "@/viewer/evidence/sampling";
import { seekSeconds } from "@/viewer/evidence/seek";
import type { Player } from "@/viewer/player";

type Props = {
  evidence: Evidence;
  player: Player;
  src: string;
  boxes: boolean;
  selected: string | null;
  onFail: () => void;
};

/** The video with the boxes of the sampled frame that is nearest to the picture shown. */
export function Video({ evidence, player, src, boxes, selected, onFail }: Props) {
  const t = useTranslations("viewer");
  const { attach } = player;
  return (
    <>
      <video
        key={src}
        ref={attach}
        src={src}
        preload="metadata"
        playsInline
        aria-label={t("video")}
        className="absolute inset-0 size-full object-contain"
        onClick={player.toggle}
        onPlay={() => player.setPlaying(true)}
        onPause={() => player.setPlaying(false)}
        onError={onFail}
        onLoadedMetadata={(event) => {
          event.currentTarget.currentTime = seekSeconds(player.clock.now().cursorMs, evidence.frameMs);
        }}
      />
      {boxes && <ShownBoxes evidence={evidence} player={player} selected={selected} />}
    </>
  );
}

function ShownBoxes({ evidence, player, selected }: Pick<Props, "evidence" | "player" | "selected">) {
  const { samples, stepMs, frameMs, faces, width, height } = evidence;
  const shown = useClock(player.clock, ({ shownMs }) =>
    shownMs === null
      ? null
      : sampleShownAt(
          samples.map(({ timeMs }) => timeMs),
          stepMs,
          shownMs,
        ),
  );
  const exact = useClock(player.clock, ({ shownMs }) => {
    const time = shown === null ? undefined : samples[shown]?.timeMs;
    return time !== undefined && shownMs !== null && Math.abs(time - shownMs) < frameMs;
  });
  if (shown === null) return null;
  return (
    <Boxes
      faces={faces[shown] ?? []}
      width={width}
      height={height}
      exact={exact || player.playing}
      selected={selected}
    />
  );
}
