"use client";

import { useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";

import { useMe } from "@/api/queries";
import type { ClaimedTask, TaskTold } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { AnswerForm } from "@/review/form/form";
import { givenOf, missing, withAnswer, withEnd, withStart, type Missing } from "@/review/form/draft";
import { dropDraft, useDraft } from "@/review/form/kept";
import { useKeysPreference, useReviewKeys, type Command } from "@/review/form/keys";
import { Controls, Key } from "@/review/picture/controls";
import { FileFacts } from "@/review/picture/file-facts";
import { Picture } from "@/review/picture/picture";
import { usePlayer } from "@/review/picture/player";
import { RegionPanel } from "@/review/picture/region-panel";
import { canvasOf, selectorOf, type Size } from "@/review/picture/regions";
import { Correctable } from "@/review/correct/correctable";
import { Told } from "@/review/told/told";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useViewing } from "@/ui/viewing";
import { firstBox, type Box } from "@/viewer/region";

import { Hand } from "./hand";
import { Help } from "./help";
import { isLost, useActs, useLease } from "./use-desk";

const SEEK_MS = 1000;
const JUMP_MS = 5000;
const UNKNOWN_SIZE = { width: 16, height: 9 };

type Props = {
  task: ClaimedTask;
  /** How many others wait. */
  waiting: number;
  first: boolean;
  /** Whether another task was wanted, which somebody else has taken. */
  instead: boolean;
  onNext: () => void;
  onSkip: () => void;
  onAgain: () => void;
};

/** A file and the form for it; after the answer what the machine and colleagues say. */
export function Reading(props: Props) {
  const { task, waiting, first, instead, onNext } = props;
  const t = useTranslations("review");
  const announce = useAnnounce();
  const me = useMe().data?.id;
  const [told, setTold] = useState<TaskTold | null>(null);
  const onTold = (answer: TaskTold) => {
    dropDraft(task.id);
    setTold(answer);
    announce(t("handedIn"));
  };
  if (told !== null)
    return <After told={told} me={me} name={task.file.name} onTold={setTold} onNext={onNext} />;
  return (
    <>
      <div className="mb-4 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <PageHeading focus={!first} className="min-w-0 [overflow-wrap:anywhere]">
          {task.file.name}
        </PageHeading>
        <p className="text-sm text-muted">{t("waiting", { count: waiting })}</p>
      </div>
      {instead && (
        <div className="mb-4">
          <Notice>{t("lost.taken")}</Notice>
        </div>
      )}
      <Work {...props} onTold={onTold} />
      {task.told !== null && task.told !== undefined && (
        <div className="mt-6">
          <Told told={task.told} me={me} />
        </div>
      )}
    </>
  );
}

type AfterProps = {
  told: TaskTold;
  me: string | undefined;
  name: string;
  onTold: (told: TaskTold) => void;
  onNext: () => void;
};

function After({ told, me, name, onTold, onNext }: AfterProps) {
  const t = useTranslations("review");
  const [keyed] = useKeysPreference();
  const [correcting, setCorrecting] = useState(false);
  useReviewKeys(keyed && !correcting, (command) => {
    if (command.do === "submit") onNext();
  });
  return (
    <div className="flex flex-col gap-4 sm:gap-6">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <PageHeading focus className="min-w-0 [overflow-wrap:anywhere]">
          {t("told.title", { name })}
        </PageHeading>
        <Button look="primary" onClick={onNext}>
          {t("next")} <Key>⏎</Key>
        </Button>
      </div>
      <Correctable told={told} me={me} onTold={onTold} onOpen={setCorrecting} />
    </div>
  );
}

type WorkProps = Props & { onTold: (told: TaskTold) => void };

function Work({ task, onSkip, onAgain, onTold }: WorkProps) {
  const t = useTranslations("review");
  const announce = useAnnounce();
  const { file, persons } = task;
  const [viewing] = useViewing();
  const [keyed, setKeyed] = useKeysPreference();
  const [draft, change] = useDraft(task.id);
  const [lacks, setLacks] = useState<readonly Missing[]>([]);
  const [shown, setShown] = useState(viewing.blur === "none");
  const [muted, setMuted] = useState(true);
  const [boxes, setBoxes] = useState(true);
  const [size, setSize] = useState<Size>(sizeOf(file) ?? UNKNOWN_SIZE);
  const [drawn, setDrawn] = useState<Box | null>(null);
  const [open, setOpen] = useState<"hand" | "help" | null>(null);
  const alert = useRef<HTMLDivElement>(null);
  const player = usePlayer(file);
  const { answer, release, hand } = useActs(task);
  const lost = useLease(task, !answer.isSuccess) || isLost(answer.error) || isLost(hand.error);
  const busy = answer.isPending || release.isPending;
  const seconds = () => player.clock.now().cursorMs / 1000;

  const show = () => {
    setShown(!shown);
    setMuted(shown);
  };
  const span = (edge: "start" | "end") => {
    if (file.kind !== "video") return;
    change((now) => (edge === "start" ? withStart : withEnd)(now, seconds()));
    announce(t(edge === "start" ? "spanBegun" : draft.begun === null ? "spanNotBegun" : "spanEnded"));
  };
  const region = () => {
    player.pause();
    setDrawn(drawn === null ? firstBox(canvasOf(size)) : null);
  };
  const addRegion = () => {
    if (drawn === null) return;
    const at = file.kind === "video" ? seconds() : null;
    const selector = selectorOf(drawn, canvasOf(size), at);
    change((now) => ({ ...now, regions: [...now.regions, { selector }] }));
    setDrawn(null);
    announce(t("regionAdded"));
  };
  const submit = () => {
    if (busy) return;
    const left = missing(draft);
    setLacks(left);
    if (left.length === 0) answer.mutate(givenOf(draft), { onSuccess: onTold });
  };
  const skip = () => {
    if (!busy) release.mutate(undefined, { onSettled: onSkip });
  };
  useEffect(() => {
    if (lacks.length > 0) alert.current?.focus();
  }, [lacks]);

  const obey = (command: Command) => {
    switch (command.do) {
      case "play":
        return player.toggle();
      case "frame":
        return player.step(command.direction);
      case "seek":
        return player.move(command.direction * SEEK_MS);
      case "jump":
        return player.move(command.direction * JUMP_MS);
      case "show":
        return show();
      case "mute":
        return setMuted(!muted);
      case "region":
        return region();
      case "span":
        return span(command.edge);
      case "answer":
        return change((now) => withAnswer(now, command.value));
      case "submit":
        return submit();
      case "skip":
        return skip();
      case "hand":
        return setOpen("hand");
      case "help":
        return setOpen("help");
    }
  };
  useReviewKeys(keyed, obey);

  // What is handed in is what was missing before, as soon as it is there.
  const still = missing(draft).filter((what) => lacks.includes(what));
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 sm:gap-6 lg:grid-cols-12">
      <div className="flex min-w-0 flex-col gap-4 lg:sticky lg:top-4 lg:col-span-7">
        {lost && (
          <Notice
            tone="danger"
            title={t("lost.title")}
            actions={<Button onClick={onAgain}>{t("lost.again")}</Button>}
          >
            {t("lost.text")}
          </Notice>
        )}
        <section
          aria-label={t("picture.label")}
          className="overflow-hidden rounded-card border border-line bg-surface"
        >
          <Picture
            file={file}
            persons={persons}
            player={player}
            shown={shown}
            muted={muted}
            boxes={boxes}
            regions={draft.regions.map(({ selector }) => selector)}
            drawn={drawn}
            onDraw={setDrawn}
            size={size}
            onSize={setSize}
          />
          {drawn !== null && <RegionPanel onAdd={addRegion} onCancel={() => setDrawn(null)} />}
          <Controls
            file={file}
            player={player}
            shown={shown}
            onShow={show}
            muted={muted}
            onMute={() => setMuted(!muted)}
            boxes={persons.length === 0 ? null : { on: boxes, toggle: () => setBoxes(!boxes) }}
            drawing={drawn !== null}
            onRegion={region}
            begun={draft.begun}
            onSpan={span}
          />
        </section>
        <FileFacts file={file} />
      </div>
      <Card className="min-w-0 lg:col-span-5">
        <h2 className="mb-1 text-lg font-semibold">{t("form.title")}</h2>
        <p className="mb-4 text-sm text-muted">{t(task.blind ? "blind" : "notBlind")}</p>
        <AnswerForm
          draft={draft}
          onChange={change}
          persons={persons.map(({ person }) => person)}
          missing={still}
          onGo={player.seek}
          keyed={keyed}
        />
        <div ref={alert} tabIndex={-1} className="mt-4 empty:hidden focus:outline-none">
          {still.length > 0 && (
            <Notice tone="danger" title={t("missing.title")}>
              <ul className="list-disc pl-5">
                {still.map((what) => (
                  <li key={what}>{t(`missing.${what}`)}</li>
                ))}
              </ul>
            </Notice>
          )}
          {answer.error !== null && !isLost(answer.error) && <Problem error={answer.error} />}
        </div>
        <div className="mt-4 flex flex-wrap gap-2">
          <Button look="primary" aria-disabled={busy || lost} onClick={() => !lost && submit()}>
            {t("submit")} <Key>⏎</Key>
          </Button>
          <Button aria-disabled={busy} onClick={skip}>
            {t("skip")} <Key>S</Key>
          </Button>
          <Button onClick={() => setOpen("hand")}>
            {t("hand.open")} <Key>H</Key>
          </Button>
          <Button look="quiet" onClick={() => setOpen("help")}>
            {t("help.open")} <Key>?</Key>
          </Button>
        </div>
      </Card>
      {open === "hand" && (
        <Hand
          busy={hand.isPending}
          error={hand.error}
          onHand={(to, note) => hand.mutate({ to, note }, { onSuccess: onSkip })}
          onClose={() => setOpen(null)}
        />
      )}
      {open === "help" && <Help on={keyed} onChange={setKeyed} onClose={() => setOpen(null)} />}
    </div>
  );
}

function sizeOf({ width, height }: ClaimedTask["file"]): Size | null {
  return width === null || height === null ? null : { width, height };
}
