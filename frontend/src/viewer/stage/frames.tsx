"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import { Boxes } from "@/viewer/boxes";
import { useClock } from "@/viewer/clock";
import type { Evidence } from "@/viewer/evidence/evidence";
import { nearestIndex } from "@/viewer/evidence/sampling";
import type { Player } from "@/viewer/player";
import type { Source } from "@/viewer/source";

import { StageNote } from "./stage";

type Props = {
  evidence: Evidence;
  player: Player;
  source: Source;
  deleted: boolean;
  boxes: boolean;
  selected: string | null;
};

/** Where no video can be played: the stored frame of the moment that the cursor is at. */
export function Frames({ evidence, player, source, deleted, boxes, selected }: Props) {
  const { tops, stepMs, samples, faces, width, height } = evidence;
  const t = useTranslations("viewer");
  const [failed, setFailed] = useState<readonly string[]>([]);
  const rank = useClock(player.clock, ({ cursorMs }) => {
    const near = tops.find(({ timeMs }) => Math.abs(timeMs - cursorMs) <= stepMs / 2);
    return near?.rank ?? null;
  });
  const top = tops.find((moment) => moment.rank === rank);
  const clean = source.artifactUrl(top?.frameUrl);
  const url = clean ?? source.artifactUrl(top?.drawnUrl);
  if (deleted) return <StageNote>{t("deleted")}</StageNote>;
  // An address that has not come yet is no missing picture.
  if (top && url === null) return null;
  if (!top || url === null || failed.includes(url)) return <StageNote>{t("noVideo")}</StageNote>;
  const sample = nearestIndex(
    samples.map(({ timeMs }) => timeMs),
    top.timeMs,
  );
  return (
    <>
      <img
        src={url}
        alt={t(clean === null ? "frameAlt" : "frameCleanAlt", { rank: top.rank, letter: top.letter })}
        className="absolute inset-0 size-full object-contain"
        onError={() => setFailed([...failed, url])}
      />
      {boxes && clean !== null && (
        <Boxes faces={faces[sample ?? -1] ?? []} width={width} height={height} exact selected={selected} />
      )}
    </>
  );
}
