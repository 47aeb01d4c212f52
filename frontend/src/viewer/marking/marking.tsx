"use client";

import { ScanFace } from "lucide-react";
import { useTranslations } from "use-intl";

import { Button } from "@/ui/button";
import { useClock } from "@/viewer/clock";
import type { Box, Evidence } from "@/viewer/evidence/evidence";
import type { Player } from "@/viewer/player";

import { canBeMarked, firstBox } from "./box";
import { MarkingPanel } from "./marking-panel";

/** Has the face in a box scored, in the frame of that time (null in a photo); throws ApiError. */
export type OnMark = (box: Box, timeMs: number | null) => Promise<void>;

type Props = {
  evidence: Evidence;
  player: Player;
  /** The box while one is being drawn, else null. */
  box: Box | null;
  onChange: (box: Box | null) => void;
  onMark: OnMark;
};

/** The button that begins to mark a face in the picture shown, then what belongs to the box. */
export function Marking({ evidence, player, box, onChange, onMark }: Props) {
  const t = useTranslations("viewer.marking");
  const shown = useClock(player.clock, ({ shownMs, cursorMs }) => shownMs ?? cursorMs);
  if (!canBeMarked(evidence)) return null;
  if (box === null) {
    const begin = () => {
      player.pause();
      onChange(firstBox(evidence));
    };
    return (
      <Button onClick={begin}>
        <ScanFace aria-hidden className="size-4" />
        {t("begin")}
      </Button>
    );
  }
  const timeMs = evidence.kind === "video" ? Math.min(Math.max(0, shown), evidence.durationMs) : null;
  return (
    <MarkingPanel
      {...{ frame: evidence, box, timeMs, onChange }}
      onMark={() => onMark(box, timeMs)}
      onCancel={() => onChange(null)}
    />
  );
}
