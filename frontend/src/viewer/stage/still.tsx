"use client";

import { useTranslations } from "use-intl";

import { Boxes } from "@/viewer/boxes";
import type { Evidence, Face, Top } from "@/viewer/evidence/evidence";
import { useFirstThatLoads, type Source } from "@/viewer/source";

import { StageNote } from "./stage";

type Props = {
  evidence: Evidence;
  /** Addresses of the whole picture, best first. */
  urls: readonly string[];
  source: Source;
  top: Top | null;
  boxes: boolean;
  selected: string | null;
  onPick: (face: Face) => void;
};

/** A photo with its numbered faces. Without the photo itself: the stored drawing of it, which has a map in it. */
export function Still({ evidence, urls, source, top, boxes, selected, onPick }: Props) {
  const t = useTranslations("viewer");
  const drawn = source.artifactUrl(top?.drawnUrl);
  const [src, fail] = useFirstThatLoads(drawn === null ? urls : [...urls, drawn]);
  if (src === null) return <StageNote>{t("deletedPhoto")}</StageNote>;
  return (
    <>
      <img
        key={src}
        src={src}
        alt={t("photoAlt", { count: evidence.faces[0]?.length ?? 0 })}
        className="absolute inset-0 size-full object-contain"
        onError={() => fail(src)}
      />
      {boxes && (
        <Boxes
          faces={evidence.faces[0] ?? []}
          width={evidence.width}
          height={evidence.height}
          exact
          selected={selected}
          onPick={onPick}
        />
      )}
    </>
  );
}
