"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import type { PersonSeen, ReviewFile } from "@/api/schema";
import { inWorkspace } from "@/api/workspace";
import { useViewing } from "@/ui/viewing";
import { Boxes } from "@/viewer/boxes";
import { useClock } from "@/viewer/clock";
import { MarkBox, type Box } from "@/viewer/region";

import { facesAt } from "./persons";
import type { Player } from "./player";
import { canvasOf, regionOf, type Size } from "./regions";

const DARK = "#0f141b";
const LIGHT = "#ffffff";
const REGION_MS = 500; // a region of a film is drawn that close to its time

type Props = {
  file: ReviewFile;
  persons: readonly PersonSeen[];
  player: Player;
  /** Whether it is seen as it is. */
  shown: boolean;
  muted: boolean;
  boxes: boolean;
  regions: readonly string[];
  /** The region that is being drawn, in units of `canvasOf`; null while none is. */
  drawn: Box | null;
  onDraw: (box: Box) => void;
  onSize: (size: Size) => void;
  size: Size;
};

/** The file itself with who is seen in it and the regions; blurred, without colours and without sound until it is asked for. */
export function Picture(props: Props) {
  const { file, persons, player, shown, boxes, regions, drawn, onDraw, size } = props;
  const t = useTranslations("review.picture");
  const [{ grey }] = useViewing();
  const [broken, setBroken] = useState(0);
  // The file itself first: a preview has been compressed once more.
  const urls = [file.original_url, file.preview_url]
    .filter((url) => url !== null)
    .map((url) => inWorkspace(url));
  const src = urls[broken];
  const veil = shown ? "" : `blur-2xl ${grey ? "grayscale" : ""}`;
  const look = `absolute inset-0 size-full object-contain ${veil}`;
  const fail = () => setBroken((known) => known + 1);
  if (src === undefined)
    return (
      <p className="flex min-h-32 items-center justify-center bg-sunken p-6 text-center text-muted">
        {t("gone")}
      </p>
    );
  return (
    <div
      className="relative max-h-[48dvh] min-h-32 w-full overflow-hidden bg-sunken lg:max-h-[min(70dvh,40rem)]"
      style={{ aspectRatio: `${size.width} / ${size.height}` }}
    >
      {file.kind === "video" ? (
        <Video key={src} src={src} look={look} onFail={fail} {...props} />
      ) : (
        <img
          key={src}
          src={src}
          alt={t(shown ? "photo" : "veiled")}
          onError={fail}
          onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
            props.onSize({ width, height })
          }
          className={look}
        />
      )}
      <Marks
        persons={boxes ? persons : []}
        regions={regions}
        clock={player.clock}
        timed={file.kind === "video"}
        size={size}
      />
      {drawn !== null && (
        <MarkBox
          frame={canvasOf(size)}
          box={drawn}
          onChange={onDraw}
          label={t("region", percentOf(drawn, canvasOf(size)))}
          describedBy="region-keys"
        />
      )}
    </div>
  );
}

type VideoProps = Props & { src: string; look: string; onFail: () => void };

function Video({ player, muted, src, look, onFail, onSize }: VideoProps) {
  const t = useTranslations("review.picture");
  const { attach, toggle, setPlaying, clock, frameMs } = player;
  return (
    <video
      ref={attach}
      src={src}
      muted={muted}
      preload="metadata"
      playsInline
      aria-label={t("video")}
      onClick={toggle}
      onPlay={() => setPlaying(true)}
      onPause={() => setPlaying(false)}
      onError={onFail}
      onLoadedMetadata={({ currentTarget }) => {
        const { videoWidth: width, videoHeight: height } = currentTarget;
        if (width === 0) return onFail(); // the browser plays the sound alone
        onSize({ width, height });
        currentTarget.currentTime = (clock.now().cursorMs + frameMs / 2) / 1000;
      }}
      className={look}
    />
  );
}

type MarksProps = {
  persons: readonly PersonSeen[];
  regions: readonly string[];
  clock: Player["clock"];
  timed: boolean;
  size: Size;
};

function Marks({ persons, regions, clock, timed, size }: MarksProps) {
  // Redrawn ten times a second at most.
  const tenth = useClock(clock, ({ shownMs, cursorMs }) => Math.round((shownMs ?? cursorMs) / 100));
  const ms = timed ? 100 * tenth : null;
  const near = regions
    .map(regionOf)
    .filter((region) => region !== null)
    .filter(({ seconds }) => seconds === null || ms === null || Math.abs(1000 * seconds - ms) <= REGION_MS);
  return (
    <>
      {persons.length > 0 && (
        <Boxes faces={facesAt(persons, ms)} width={size.width} height={size.height} exact selected={null} />
      )}
      <svg
        aria-hidden
        viewBox={`0 0 ${size.width} ${size.height}`}
        preserveAspectRatio="xMidYMid meet"
        className="pointer-events-none absolute inset-0 size-full"
      >
        {near.map(({ percent: [left, top, right, bottom] }, index) =>
          [
            { stroke: DARK, strokeWidth: 5 },
            { stroke: LIGHT, strokeWidth: 2 },
          ].map((line) => (
            <rect
              key={`${index} ${line.stroke}`}
              x={(left * size.width) / 100}
              y={(top * size.height) / 100}
              width={((right - left) * size.width) / 100}
              height={((bottom - top) * size.height) / 100}
              fill="none"
              strokeDasharray="6 4"
              vectorEffect="non-scaling-stroke"
              {...line}
            />
          )),
        )}
      </svg>
    </>
  );
}

function percentOf([left, top, right, bottom]: Box, { width, height }: Size) {
  const whole = (value: number, of: number) => Math.round((100 * value) / of);
  return {
    left: whole(left, width),
    top: whole(top, height),
    width: whole(right - left, width),
    height: whole(bottom - top, height),
  };
}
