"use client";

import { lazy, Suspense, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslations } from "use-intl";

import type { ResultAnswer } from "@/api/schema";
import { evidenceOf, type Box, type Evidence } from "@/viewer/evidence/evidence";
import { Gallery } from "@/viewer/gallery/gallery";
import { commandFor } from "@/viewer/keys/commands";
import { Help, useKeysPreference } from "@/viewer/keys/help";
import { MarkBox } from "@/viewer/marking/mark-box";
import { Marking, type OnMark } from "@/viewer/marking/marking";
import { Pictures } from "@/viewer/pictures/pictures";
import { Controls } from "@/viewer/stage/controls";
import { Video } from "@/viewer/stage/video";
import { Frames } from "@/viewer/stage/frames";
import { Stage } from "@/viewer/stage/stage";
import { Still } from "@/viewer/stage/still";

import { readMoment } from "./moment-link";
import { usePlayer, type Player } from "./player";
import { useFirstThatLoads, mediaUrls, type Source } from "./source";
import { useView, type View } from "./view";

export type { OnMark } from "@/viewer/marking/marking";
export type { Source } from "./source";

// The charts are loaded late: the verdict is read first.
const Timeline = lazy(() => import("./timeline/timeline"));

type Props = {
  answer: ResultAnswer;
  source: Source;
  /** Whether this server links to search engines for pictures. */
  search?: boolean;
  /** Has a face scored that was missed; absent where none can be marked. */
  onMark?: OnMark;
};

/** The evidence of a finished analysis: player or picture with the faces, timeline, top moments. Nothing where no face was scored. */
export function Viewer({ answer, source, search, onMark }: Props) {
  const evidence = useMemo(() => (answer.result ? evidenceOf(answer.result) : null), [answer.result]);
  if (evidence === null) return null;
  return <EvidenceView key={answer.job_id} {...{ answer, evidence, source, search, onMark }} />;
}

type EvidenceProps = Props & { evidence: Evidence };

function EvidenceView({ answer, evidence, source, search = false, onMark }: EvidenceProps) {
  const t = useTranslations("viewer");
  const root = useRef<HTMLElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const [link] = useState(() => readMoment(location.hash));
  const player = usePlayer(evidence, link.timeMs);
  const view = useView(evidence, player, root, link.letter);
  const [keys, setKeys] = useKeysPreference();
  const urls = mediaUrls(answer, source);
  const [videoUrl, fail] = useFirstThatLoads(evidence.kind === "video" ? urls : []);

  const [box, setBox] = useState<Box | null>(null);

  // Whether the picture itself is there, and not only what was drawn of its moments.
  const whole = evidence.kind === "video" ? videoUrl !== null : urls.length > 0;
  const empty = answer.files_deleted && urls.length === 0;

  const marking = onMark && whole && <Marking {...{ evidence, player, box, onMark }} onChange={setBox} />;

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const command = keys ? commandFor(event) : null;
    if (command === null) return;
    event.preventDefault();
    view.run(command);
  };

  return (
    <section
      ref={root}
      aria-label={t("label")}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className="@container rounded-card border border-line bg-surface focus:outline-none"
    >
      <div className="sticky top-0 z-30 overflow-hidden rounded-t-card bg-surface @2xl:static">
        <Stage evidence={evidence} empty={empty} ref={stage}>
          <Picture {...{ answer, source, evidence, player, view, urls, videoUrl, fail }} />
          {whole && box && <MarkBox frame={evidence} box={box} onChange={setBox} />}
        </Stage>
      </div>
      {view.boxes && evidence.kind === "video" && evidence.lanes.length > 0 && !empty && (
        <p className="px-4 pt-2 text-sm text-muted">{t("boxesLegend")}</p>
      )}
      <div className="pt-2 print:hidden">
        <Controls
          evidence={evidence}
          player={player}
          playable={videoUrl !== null}
          silent={isSilent(answer, source, videoUrl)}
          selected={view.selected}
          boxes={{ on: view.boxes, toggle: () => view.run({ do: "boxes" }) }}
          stage={empty ? null : stage}
          onMoment={(direction) => view.run({ do: "moment", direction })}
          onHelp={() => view.setHelp(true)}
        />
      </div>
      {box !== null && marking}
      {(urls.length > 0 || !answer.files_deleted) && (
        <div className="flex flex-wrap items-center gap-2 px-3 pb-3 @2xl:px-5 print:hidden">
          {box === null && marking}
          <Pictures
            of={{
              ...{ evidence, player, source, urls, videoUrl },
              filename: answer.metadata.original_filename,
              sha256: answer.sha256,
            }}
            search={search}
          />
        </div>
      )}
      {evidence.kind === "video" && evidence.lanes.length > 0 && (
        <div className="border-t border-line p-4 @2xl:p-6">
          <Suspense fallback={<TimelinePlaceholder lanes={evidence.lanes.length} />}>
            <Timeline
              evidence={evidence}
              sound={answer.result?.sound ?? null}
              player={player}
              source={source}
              selected={view.selected}
              chosen={view.chosen}
              table={{ on: view.table, toggle: () => view.run({ do: "table" }) }}
              onMoment={view.choose}
              onPerson={view.person}
            />
          </Suspense>
        </div>
      )}
      {evidence.tops.length > 0 && (
        <div className="border-t border-line p-4 @2xl:p-6">
          <Gallery
            evidence={evidence}
            source={source}
            filename={answer.metadata.original_filename}
            boxes={view.boxes}
            selected={view.selected}
            onAll={view.all}
            deleted={answer.files_deleted}
            chosen={view.chosen}
            onChoose={view.choose}
            look={view.look}
            onLook={view.setLook}
          />
        </div>
      )}
      <Help open={view.help} onOpenChange={view.setHelp} on={keys} onChange={setKeys} />
    </section>
  );
}

/** Whether what plays is a preview without sound, as the server says of it. */
function isSilent({ result }: ResultAnswer, source: Source, playing: string | null): boolean {
  const preview = source.artifactUrl(result?.preview_url);
  return playing !== null && playing === preview && !result?.preview_sound;
}

/** Reserves the timeline's space while its code loads. */
function TimelinePlaceholder({ lanes }: { lanes: number }) {
  return <div aria-hidden style={{ height: 150 + 96 * Math.min(5, lanes) }} />;
}

type PictureProps = EvidenceProps & {
  player: Player;
  view: View;
  urls: readonly string[];
  videoUrl: string | null;
  fail: (url: string) => void;
};

/** The photo or the video with its boxes, or what there is in its place. */
function Picture({ answer, source, evidence, player, view, urls, videoUrl, fail }: PictureProps) {
  const { boxes, selected, top, person } = view;
  if (evidence.kind === "image") {
    return (
      <Still {...{ evidence, urls, source, top, boxes, selected }} onPick={({ letter }) => person(letter)} />
    );
  }
  if (videoUrl === null)
    return <Frames {...{ evidence, player, source, boxes, selected }} deleted={answer.files_deleted} />;
  return <Video {...{ evidence, player, boxes, selected }} src={videoUrl} onFail={() => fail(videoUrl)} />;
}
