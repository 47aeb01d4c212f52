"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import type { ResultAnswer } from "@/api/schema";
import { Button } from "@/ui/button";
import { Frames } from "@/viewer/stage/frames";
import { Stage } from "@/viewer/stage/stage";
import { Still } from "@/viewer/stage/still";
import { Video } from "@/viewer/stage/video";
import { Lanes } from "@/viewer/timeline/lanes";

import type { Evidence } from "./evidence/evidence";
import type { Player } from "./player";
import { mediaUrls, useFirstThatLoads, type Source } from "./source";

export { evidenceOf, type Evidence } from "./evidence/evidence";
export { snap } from "./evidence/seek";
export { commandFor } from "./keys/commands";
export { useKeysPreference } from "./keys/help";

type Props = {
  answer: ResultAnswer;
  evidence: Evidence;
  source: Source;
  player: Player;
  boxes: boolean;
};

/** The video of one of two files that are compared, or its stored frames. */
export function ComparedVideo({ answer, evidence, source, player, boxes }: Props) {
  const [src, fail] = useFirstThatLoads(mediaUrls(answer, source));
  const empty = answer.files_deleted && src === null;
  const shown = { evidence, player, boxes, selected: null };
  return (
    <Stage evidence={evidence} empty={empty}>
      {src === null ? (
        <Frames {...shown} source={source} deleted={answer.files_deleted} />
      ) : (
        <Video {...shown} src={src} onFail={() => fail(src)} />
      )}
    </Stage>
  );
}

/** What part of both pictures is seen: how many times larger, and which point is in the middle, 0 to 1 of each side. */
export type Zoom = { times: number; x: number; y: number };

/** The photo of one of two files that are compared, as large as both are looked at. */
export function ComparedPhoto({
  answer,
  evidence,
  source,
  boxes,
  zoom,
}: Omit<Props, "player"> & { zoom: Zoom }) {
  const [top = null] = evidence.tops;
  const { times, x, y } = zoom;
  const transform = `scale(${times}) translate(${100 * (0.5 - x)}%, ${100 * (0.5 - y)}%)`;
  return (
    <Stage evidence={evidence} empty={answer.files_deleted}>
      <div className="absolute inset-0" style={{ transform }}>
        <Still
          {...{ evidence, source, top, boxes }}
          urls={mediaUrls(answer, source)}
          selected={null}
          onPick={() => undefined}
        />
      </div>
    </Stage>
  );
}

/** Lanes that are shown until all are requested. */
const FIRST = 3;

type LanesProps = { evidence: Evidence; source: Source; player: Player; onSeek: (ms: number) => void };

/** The lanes of one of two files that are compared. */
export function ComparedLanes({ evidence, source, player, onSeek }: LanesProps) {
  const t = useTranslations("viewer");
  const [all, setAll] = useState(false);
  const [hoverMs, setHoverMs] = useState<number | null>(null);
  const [selected, setSelected] = useState<string | null>(null);
  if (evidence.lanes.length === 0) return null;
  return (
    <div className="flex flex-col gap-2">
      <Lanes
        sound={null}
        {...{ evidence, source, player, selected, hoverMs, onSeek }}
        lanes={all ? evidence.lanes : evidence.lanes.slice(0, FIRST)}
        chosen={null}
        onHover={setHoverMs}
        onMoment={(rank) => onSeek(evidence.tops.find((top) => top.rank === rank)?.timeMs ?? 0)}
        onPerson={(letter) => setSelected(letter === selected ? null : letter)}
      />
      {!all && evidence.lanes.length > FIRST && (
        <Button onClick={() => setAll(true)}>{t("allPeople", { count: evidence.lanes.length })}</Button>
      )}
    </div>
  );
}
