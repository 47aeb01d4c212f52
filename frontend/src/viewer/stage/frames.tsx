"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import { useClock } from "@/viewer/clock";
import type { Evidence } from "@/viewer/evidence/evidence";
import type { Player } from "@/viewer/player";
import type { Source } from "@/viewer/source";

import { StageNote } from "./stage";

type Props = { evidence: Evidence; player: Player; source: Source; deleted: boolean };

/** Where no video can be played: the stored frame of the moment that the cursor is at, with map and box drawn in. */
export function Frames({ evidence: { tops, stepMs }, player, source, deleted }: Props) {
  const t = useTranslations("viewer");
  const [failed, setFailed] = useState<readonly string[]>([]);
  const rank = useClock(player.clock, ({ cursorMs }) => {
    const near = tops.find(({ timeMs }) => Math.abs(timeMs - cursorMs) <= stepMs / 2);
    return near?.rank ?? null;
  });
  const top = tops.find((moment) => moment.rank === rank);
  const url = source.artifactUrl(top?.frameUrl);
  if (deleted) return <StageNote>{t("deleted")}</StageNote>;
  // An address that has not come yet is no missing picture.
  if (top && url === null) return null;
  if (!top || url === null || failed.includes(url)) return <StageNote>{t("noVideo")}</StageNote>;
  return (
    <img
      src={url}
      alt={t("frameAlt", { rank: top.rank, letter: top.letter })}
      className="absolute inset-0 size-full object-contain"
      onError={() => setFailed([...failed, url])}
    />
  );
}
