import { useState, type RefObject } from "react";
import { flushSync } from "react-dom";

import type { Evidence, Point } from "./evidence/evidence";
import type { Look } from "./gallery/gallery";
import type { Command } from "./keys/commands";
import type { Player } from "./player";

/** What is shown and chosen, and what commands do to it; `first` is whom the address names. */
export function useView(
  evidence: Evidence,
  player: Player,
  root: RefObject<HTMLElement | null>,
  first: string | null,
) {
  const { tops, lanes } = evidence;
  const [boxes, setBoxes] = useState(true);
  const [table, setTable] = useState(false);
  const [help, setHelp] = useState(false);
  const [look, setLook] = useState<Look>("map");
  const [selected, setSelected] = useState<string | null>(
    lanes.some(({ letter }) => letter === first) ? first : null,
  );
  const [chosen, setChosen] = useState<number | null>(tops[0]?.rank ?? null);
  const top = tops.find(({ rank }) => rank === chosen) ?? null;

  const choose = (rank: number) => {
    const moment = tops.find((each) => each.rank === rank);
    if (!moment) return;
    setChosen(rank);
    player.pause();
    player.seek(moment.timeMs);
  };
  const toHighest = (letter: string) => {
    const moment = tops.find((each) => each.letter === letter);
    if (moment) return choose(moment.rank);
    const highest = highestPoint(lanes.find((lane) => lane.letter === letter)?.points ?? []);
    if (highest === null) return;
    player.pause();
    player.seek(highest.timeMs);
  };
  const person = (letter: string | undefined) => {
    if (letter === undefined) return;
    // Synchronously, since a lane far down is drawn only once its person is selected.
    flushSync(() => setSelected(letter === selected ? null : letter));
    if (letter !== selected) toHighest(letter);
    const lanesDrawn = root.current?.querySelectorAll<HTMLElement>("[data-lane]") ?? [];
    [...lanesDrawn].find((lane) => lane.dataset.lane === letter)?.focus();
  };
  const run = (command: Command) => {
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
  const all = () => setSelected(null);
  return { all, boxes, table, help, setHelp, look, setLook, selected, chosen, top, choose, person, run };
}

function highestPoint(points: readonly Point[]): Point | null {
  return points.reduce<Point | null>(
    (found, point) => (found === null || (point.score ?? 0) > (found.score ?? 0) ? point : found),
    null,
  );
}

export type View = ReturnType<typeof useView>;
