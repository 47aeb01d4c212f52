"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import { percent } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";
import type { Evidence, Top } from "@/viewer/evidence/evidence";
import type { Source } from "@/viewer/source";

type Props = {
  tops: readonly Top[];
  kind: Evidence["kind"];
  source: Source;
  chosen: number | null;
  onChoose: (rank: number) => void;
};

/** The numbered moments to choose from. */
export function MomentList({ tops, kind, source, chosen, onChoose }: Props) {
  const t = useTranslations("viewer");
  return (
    <ol
      aria-label={t(kind === "image" ? "faces" : "moments")}
      className="-m-1 flex gap-2 overflow-x-auto p-1 print:flex-wrap"
    >
      {tops.map((top) => (
        <li key={top.rank}>
          <Choice
            top={top}
            timed={kind === "video"}
            src={source.artifactUrl(top.faceUrl)}
            chosen={top.rank === chosen}
            onChoose={onChoose}
          />
        </li>
      ))}
    </ol>
  );
}

type ChoiceProps = {
  top: Top;
  timed: boolean;
  src: string | null;
  chosen: boolean;
  onChoose: (rank: number) => void;
};

function Choice({ top, timed, src, chosen, onChoose }: ChoiceProps) {
  const clockText = useTimeText();
  const t = useTranslations("viewer");
  const [failed, setFailed] = useState<string | null>(null);
  const score = top.score === null ? t("withheld") : percent(top.score);
  const time = clockText(top.timeMs);
  return (
    <button
      type="button"
      aria-pressed={chosen}
      aria-label={t(timed ? "momentName" : "faceName", { rank: top.rank, letter: top.letter, time, score })}
      onClick={() => onChoose(top.rank)}
      className="flex w-24 flex-col rounded-control border border-line p-1.5 text-left text-sm hover:border-control aria-pressed:border-text aria-pressed:inset-ring-1 aria-pressed:inset-ring-text"
    >
      <span className="relative block aspect-square w-full overflow-hidden rounded bg-sunken">
        {src !== null && src !== failed && (
          <img
            src={src}
            alt=""
            width={160}
            height={160}
            loading="lazy"
            onError={() => setFailed(src)}
            className="size-full"
          />
        )}
        <span className="absolute top-1 left-1 grid size-5 place-items-center rounded-full bg-text text-xs font-semibold text-bg [print-color-adjust:exact]">
          {top.rank}
        </span>
      </span>
      <span className="mt-1 flex justify-between gap-1">
        <span className="font-semibold">{top.letter}</span>
        {top.score !== null && <span>{score}</span>}
      </span>
      {timed && <span className="text-muted">{time}</span>}
    </button>
  );
}
