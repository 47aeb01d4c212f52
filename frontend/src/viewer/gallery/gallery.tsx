"use client";

import { Toggle } from "@base-ui/react/toggle";
import { ToggleGroup } from "@base-ui/react/toggle-group";
import { Download } from "lucide-react";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { percent } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";
import { Button } from "@/ui/button";
import type { Evidence, Top } from "@/viewer/evidence/evidence";
import type { Source } from "@/viewer/source";

import { Crop } from "./crop";
import { strongest, type Palette } from "./heat";
import { MapControls } from "./map-controls";
import { MomentList } from "./moment-list";
import { savePicture } from "./save";
import { WholeFrame } from "./whole-frame";

/** How a moment is looked at. */
export type Look = "plain" | "map" | "frame";
const LOOKS = ["plain", "map", "frame"] as const satisfies readonly Look[];
const FIRST_OPACITY = 0.55;

type Props = {
  evidence: Evidence;
  source: Source;
  /** The upload's name, of which those of saved pictures are made. */
  filename: string;
  /** The pictures have been deleted; what is known of each moment remains. */
  deleted: boolean;
  chosen: number | null;
  onChoose: (rank: number) => void;
  look: Look;
  onLook: (look: Look) => void;
  boxes: boolean;
  /** The one person whose moments are shown; null for all. */
  selected: string | null;
  onAll: () => void;
};

/** The most suspicious moments: each one's face, where its score came from, and its whole frame. */
export function Gallery(props: Props) {
  const { evidence, source, deleted, chosen, onChoose, selected, onAll } = props;
  const t = useTranslations("viewer");
  const timed = evidence.kind === "video";
  const own = evidence.tops.filter(({ letter }) => letter === selected);
  const tops = own.length > 0 ? own : evidence.tops;
  const top = tops.find(({ rank }) => rank === chosen) ?? tops[0];
  if (!top) return null;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex min-h-11 flex-wrap items-center justify-between gap-2 pointer-fine:min-h-9">
        <h2 className="text-lg font-semibold">{t(timed ? "galleryTitle" : "facesTitle")}</h2>
        {tops.length < evidence.tops.length && (
          <Button onClick={onAll}>{t("allMoments", { letter: top.letter })}</Button>
        )}
      </div>
      <MomentList tops={tops} kind={evidence.kind} source={source} chosen={top.rank} onChoose={onChoose} />
      {deleted ? (
        <>
          <Facts top={top} timed={timed} />
          <p className="text-sm text-muted">{t("picturesDeleted")}</p>
        </>
      ) : (
        <MomentDetail key={evidence.kind} {...props} top={top} />
      )}
    </div>
  );
}

const ZOOMS = [1, 2, 4] as const;

/** One moment: its picture, and beside it how to look at it and what is known of it. */
function MomentDetail({ top, evidence, source, filename, look, onLook, boxes }: Props & { top: Top }) {
  const t = useTranslations("viewer");
  const [palette, setPalette] = useState<Palette>("cividis");
  const [opacity, setOpacity] = useState(FIRST_OPACITY);
  const [zoom, setZoom] = useState(1);
  const whole = look === "frame";
  const clean = source.artifactUrl(top.frameUrl);
  const frame = clean ?? source.artifactUrl(top.drawnUrl);
  const src = whole ? frame : source.artifactUrl(top.faceUrl);
  const shown = look === "plain" || (whole && clean === null) ? 0 : opacity;
  const save = async () => {
    if (src === null) return;
    const place = whole && top.area !== null ? { area: top.area, width: evidence.width } : null;
    const name = `${filename.replace(/\.[^.]*$/, "")}-${top.rank}-person-${top.letter.toLowerCase()}`;
    await savePicture(src, name, shown === 0 ? null : { map: top.map, palette, opacity: shown, place });
  };
  return (
    <div className="grid gap-4 @xl:grid-cols-[minmax(0,1fr)_minmax(0,17rem)] @xl:gap-6">
      <div className={whole ? "@xl:col-span-2" : "max-w-3xl"}>
        {whole ? (
          <WholeFrame
            key={top.rank}
            {...{ top, evidence, palette, boxes }}
            src={frame}
            drawn={clean === null}
            opacity={shown}
          />
        ) : (
          <Crop {...{ top, src, palette, zoom }} opacity={shown} />
        )}
      </div>
      <div className={`flex min-w-0 flex-col gap-4 ${whole ? "@xl:col-span-2" : ""}`}>
        <Looks look={look} onLook={onLook} />
        <div className="flex flex-wrap items-end gap-3">
          {!whole && <Zoom zoom={zoom} onZoom={setZoom} />}
          <Button disabled={src === null} onClick={() => void save()}>
            <Download aria-hidden className="size-4" />
            {t("savePicture")}
          </Button>
        </div>
        <Facts top={top} timed={evidence.kind === "video"} />
        {look !== "plain" && (
          <MapControls opacity={opacity} onOpacity={setOpacity} palette={palette} onPalette={setPalette} />
        )}
        {look !== "plain" && <p className="text-sm">{t("notAnEdit")}</p>}
      </div>
    </div>
  );
}

function Zoom({ zoom, onZoom }: { zoom: number; onZoom: (zoom: number) => void }) {
  const t = useTranslations("viewer");
  return (
    <label className="flex flex-col gap-1 text-sm font-medium">
      {t("magnify")}
      <select
        value={zoom}
        onChange={(event) => onZoom(Number(event.currentTarget.value))}
        className="h-11 rounded-control border border-control bg-surface px-2 font-normal pointer-fine:h-9"
      >
        {ZOOMS.map((known) => (
          <option key={known} value={known}>
            {t("times", { speed: known })}
          </option>
        ))}
      </select>
    </label>
  );
}

function Looks({ look, onLook }: { look: Look; onLook: (look: Look) => void }) {
  const t = useTranslations("viewer");
  return (
    <ToggleGroup
      aria-label={t("look")}
      value={[look]}
      onValueChange={([next]) => next !== undefined && onLook(next)}
      className="flex self-start rounded-control border border-control p-0.5 print:hidden"
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
