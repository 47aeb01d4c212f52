"use client";

import { lazy, Suspense, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import { useTranslations } from "use-intl";

import type { ResultAnswer } from "@/api/schema";

import { evidenceOf, type Evidence } from "./evidence/evidence";
import { Gallery, type Look } from "./gallery/gallery";
import { commandOf, takesItself, type Command } from "./keys/commands";
import { Help } from "./keys/help";
import { useKeysPreference } from "./keys/preference";
import { usePlayer, type Player } from "./player";
import type { Source } from "./source";
import { Controls } from "./stage/controls";
import { Film } from "./stage/film";
import { Frames } from "./stage/frames";
import { useFirstThatLoads, wholeSources } from "./stage/sources";
import { Stage } from "./stage/stage";
import { Still } from "./stage/still";

export type { Source } from "./source";

// The charts come late: the verdict is read first.
const Timeline = lazy(() => import("./timeline/timeline"));

type Props = { answer: ResultAnswer; source: Source };

/** The evidence of a finished analysis: player or picture with the faces, timeline, top moments. Nothing where no face was scored. */
export function Viewer({ answer, source }: Props) {
  const evidence = useMemo(() => (answer.result ? evidenceOf(answer.result) : null), [answer.result]);
  if (evidence === null) return null;
  return <Evident key={answer.job_id} answer={answer} evidence={evidence} source={source} />;
}

type Evidently = Props & { evidence: Evidence };

function Evident({ answer, evidence, source }: Evidently) {
  const t = useTranslations("viewer");
  const root = useRef<HTMLElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const player = usePlayer(evidence);
  const view = useView(evidence, player, root);
  const [keys, setKeys] = useKeysPreference();
  const wholes = wholeSources(answer, source);
  const [film, fail] = useFirstThatLoads(evidence.kind === "video" ? wholes : []);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const command = keys && !event.defaultPrevented ? commandOf(pressed(event)) : null;
    const target = event.target;
    // Dialogs lie elsewhere in the page, though their events come up here.
    if (command === null || !(target instanceof Element) || !event.currentTarget.contains(target)) return;
    if (takesItself(target, command)) return;
    event.preventDefault();
    view.obey(command);
  };

  return (
    <section
      ref={root}
      aria-label={t("label")}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className="@container rounded-card border border-line bg-surface focus:outline-none"
    >
      <div className="sticky top-0 z-20 overflow-hidden rounded-t-card bg-surface @2xl:static">
        <Stage evidence={evidence} ref={stage}>
          {evidence.kind === "image" ? (
            <Still
              evidence={evidence}
              wholes={wholes}
              source={source}
              top={view.top}
              boxes={view.boxes}
              selected={view.selected}
              onPick={view.pick}
            />
          ) : film !== null ? (
            <Film
              evidence={evidence}
              player={player}
              src={film}
              boxes={view.boxes}
              selected={view.selected}
              onFail={() => fail(film)}
            />
          ) : (
            <Frames evidence={evidence} player={player} source={source} deleted={answer.files_deleted} />
          )}
        </Stage>
      </div>
      <div className="pt-2">
        <Controls
          evidence={evidence}
          player={player}
          film={film !== null}
          boxes={{ on: view.boxes, toggle: () => view.obey({ do: "boxes" }) }}
          stage={stage}
          onMoment={(direction) => view.obey({ do: "moment", direction })}
          onHelp={() => view.setHelp(true)}
        />
      </div>
      {evidence.kind === "video" && evidence.lanes.length > 0 && (
        <div className="border-t border-line p-4 @2xl:p-6">
          <Suspense fallback={<TimelineRoom lanes={evidence.lanes.length} />}>
            <Timeline
              evidence={evidence}
              player={player}
              source={source}
              selected={view.selected}
              chosen={view.chosen}
              table={{ on: view.table, toggle: () => view.obey({ do: "table" }) }}
              onMoment={view.choose}
            />
          </Suspense>
        </div>
      )}
      {evidence.tops.length > 0 && (
        <div className="border-t border-line p-4 @2xl:p-6">
          <Gallery
            evidence={evidence}
            source={source}
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

/** What is shown and chosen, and what commands do to it. */
function useView(evidence: Evidence, player: Player, root: RefObject<HTMLElement | null>) {
  const { tops, lanes } = evidence;
  const [boxes, setBoxes] = useState(true);
  const [table, setTable] = useState(false);
  const [help, setHelp] = useState(false);
  const [look, setLook] = useState<Look>("map");
  const [selected, setSelected] = useState<string | null>(null);
  const [chosen, setChosen] = useState<number | null>(tops[0]?.rank ?? null);
  const top = tops.find(({ rank }) => rank === chosen) ?? null;

  const choose = (rank: number) => {
    const moment = tops.find((each) => each.rank === rank);
    if (!moment) return;
    setChosen(rank);
    player.pause();
    player.seek(moment.timeMs);
  };
  const person = (letter: string | undefined) => {
    if (letter === undefined) return;
    setSelected(letter === selected ? null : letter);
    const first = tops.find((moment) => moment.letter === letter);
    if (evidence.kind === "image" && first) setChosen(first.rank);
    root.current?.querySelector<HTMLElement>(`[data-lane="${CSS.escape(letter)}"]`)?.focus();
  };
  const obey = (command: Command) => {
    if (command.do === "play") player.toggle();
    else if (command.do === "step") player.step(command.direction);
    else if (command.do === "jump") player.jump(command.direction);
    else if (command.do === "moment") setChosen(player.moment(command.direction)?.rank ?? chosen);
    else if (command.do === "person") person(lanes[command.place]?.letter);
    else if (command.do === "boxes") setBoxes(!boxes);
    else if (command.do === "map") setLook(look === "map" ? "plain" : "map");
    else if (command.do === "table") setTable(!table);
    else setHelp(true);
  };
  const pick = ({ letter }: { letter: string }) => person(letter);
  return { boxes, table, help, setHelp, look, setLook, selected, chosen, top, choose, obey, pick };
}

function pressed(event: KeyboardEvent) {
  const { key, shiftKey, ctrlKey, altKey, metaKey } = event;
  return { key, shiftKey, ctrlKey, altKey, metaKey, altGraph: event.getModifierState("AltGraph") };
}

/** Keeps the timeline's room while its code loads. */
function TimelineRoom({ lanes }: { lanes: number }) {
  return <div aria-hidden style={{ height: 150 + 96 * Math.min(5, lanes) }} />;
}
