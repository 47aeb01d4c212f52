"use client";

import { Toggle } from "@base-ui/react/toggle";
import { ToggleGroup } from "@base-ui/react/toggle-group";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { percent } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";
import type { Evidence, Top } from "@/viewer/evidence/evidence";
import type { Source } from "@/viewer/source";

import { Crop } from "./crop";
import { strongest, type Palette } from "./heat";
import { MapControls } from "./map-controls";
import { MomentList } from "./moment-list";

/** How a moment is looked at. */
export type Look = "plain" | "map" | "frame";
const LOOKS = ["plain", "map", "frame"] as const satisfies readonly Look[];
const FIRST_OPACITY = 0.55;

type Props = {
  evidence: Evidence;
  source: Source;
  /** The pictures have been deleted; what is known of each moment remains. */
  deleted: boolean;
  chosen: number | null;
  onChoose: (rank: number) => void;
  look: Look;
  onLook: (look: Look) => void;
};

/** The most suspicious moments: each one's crop, where its score came from, and its whole frame. */
export function Gallery({ evidence, source, deleted, chosen, onChoose, look, onLook }: Props) {
  const t = useTranslations("viewer");
  const timed = evidence.kind === "video";
  const top = evidence.tops.find(({ rank }) => rank === chosen) ?? evidence.tops[0];
  if (!top) return null;
  return (
    <div className="flex flex-col gap-4">
      <h2 className="text-lg font-semibold">{t(timed ? "galleryTitle" : "facesTitle")}</h2>
      <MomentList evidence={evidence} source={source} chosen={top.rank} onChoose={onChoose} />
      {deleted ? (
        <>
          <Facts top={top} timed={timed} />
          <p className="text-sm text-muted">{t("picturesDeleted")}</p>
        </>
      ) : (
        <MomentDetail top={top} evidence={evidence} source={source} look={look} onLook={onLook} />
      )}
    </div>
  );
}

type MomentProps = Pick<Props, "evidence" | "source" | "look" | "onLook"> & { top: Top };

/** One moment: its picture, and beside it how to look at it and what is known of it. */
function MomentDetail({ top, evidence, source, look, onLook }: MomentProps) {
  const t = useTranslations("viewer");
  const [palette, setPalette] = useState<Palette>("cividis");
  const [opacity, setOpacity] = useState(FIRST_OPACITY);
  const whole = look === "frame";
  return (
    <div className="grid gap-4 @xl:grid-cols-[minmax(0,20rem)_minmax(0,1fr)] @xl:gap-6">
      <div className={whole ? "@xl:col-span-2" : "max-w-80"}>
        {whole ? (
          <WholeFrame key={top.rank} top={top} evidence={evidence} src={source.artifactUrl(top.frameUrl)} />
        ) : (
          <Crop
            top={top}
            src={source.artifactUrl(top.cropUrl)}
            palette={palette}
            opacity={look === "map" ? opacity : 0}
          />
        )}
      </div>
      <div className={`flex min-w-0 flex-col gap-4 ${whole ? "@xl:col-span-2" : ""}`}>
        <Looks look={look} onLook={onLook} />
        <Facts top={top} timed={evidence.kind === "video"} />
        {look === "map" && (
          <MapControls opacity={opacity} onOpacity={setOpacity} palette={palette} onPalette={setPalette} />
        )}
        {look !== "plain" && <p className="text-sm">{t("notAnEdit")}</p>}
      </div>
    </div>
  );
}

function Looks({ look, onLook }: { look: Look; onLook: (look: Look) => void }) {
  const t = useTranslations("viewer");
  return (
    <ToggleGroup
      aria-label={t("look")}
      value={[look]}
      onValueChange={([next]) => next !== undefined && onLook(next)}
      className="flex self-start rounded-control border border-control p-0.5"
    >
      {LOOKS.map((each) => (
        <Toggle
          key={each}
          value={each}
          className="min-h-11 rounded-[4px] px-3 text-sm font-medium whitespace-nowrap hover:bg-sunken data-[pressed]:bg-text data-[pressed]:text-bg pointer-fine:min-h-8"
        >
          {t(each)}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}

function Facts({ top, timed }: { top: Top; timed: boolean }) {
  const clockText = useTimeText();
  const t = useTranslations("viewer");
  const common = useTranslations("common");
  const format = useFormatter();
  const most = strongest(top.map);
  const facts = [
    [t("who"), common("person", { letter: top.letter })],
    [t("frameScore"), top.score === null ? t("withheld") : percent(top.score)],
    ...(timed ? [[t("when"), t("whenFrame", { time: clockText(top.timeMs), frame: top.frameIndex })]] : []),
    ...(top.facePx === null ? [] : [[t("faceSize"), t("pixels", { size: Math.round(top.facePx) })]]),
    ...(top.trace === null ? [] : [[t("mapOf"), common(`trace.${top.trace}`)]]),
    [
      t("strongest"),
      most > 0 ? t("logit", { value: format.number(most, { maximumFractionDigits: 2 }) }) : t("nothing"),
    ],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function WholeFrame({ top, evidence, src }: { top: Top; evidence: Evidence; src: string | null }) {
  const t = useTranslations("viewer");
  const [failed, setFailed] = useState(false);
  return (
    <div
      className="relative max-h-[70dvh] w-full overflow-hidden rounded-control bg-sunken"
      style={{ aspectRatio: `${evidence.width} / ${evidence.height}` }}
    >
      {src !== null && !failed && (
        <img
          src={src}
          alt={t("frameAlt", { rank: top.rank, letter: top.letter })}
          loading="lazy"
          onError={() => setFailed(true)}
          className="absolute inset-0 size-full object-contain"
        />
      )}
      {failed && (
        <p className="absolute inset-0 grid place-items-center p-4 text-sm text-muted">
          {t("pictureDeleted")}
        </p>
      )}
    </div>
  );
}
