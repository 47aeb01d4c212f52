"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import type { MachineSaid, ReviewSeen, TaskTold } from "@/api/schema";
import { percent, percentRange } from "@/i18n/format";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { estimateGiven } from "@/ui/verdict";
import { VERDICT_TEXT, VerdictMark } from "@/ui/verdict-mark";

import { ReviewText } from "./review-text";

type Props = {
  told: TaskTold;
  /** The reader's account, whose own review is named so. */
  me: string | undefined;
  /** Called with an answer that the reader wants to correct; absent where none can be. */
  onCorrect?: (review: ReviewSeen) => void;
};

/** What becomes of a task: what the machine said, what its readers said, why it was there. */
export function Told({ told, me, onCorrect }: Props) {
  const t = useTranslations("review");
  const { task, machine, reviews, label } = told;
  const replaced = reviews.map(({ corrects }) => corrects);
  const present = reviews.filter(({ id }) => !replaced.includes(id));
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:gap-6 lg:grid-cols-2">
      <Card title={t("told.machine")}>
        <Machine said={machine} />
      </Card>
      <Card title={t("told.why")}>
        <Why told={told} />
      </Card>
      <Card title={t("told.outcome")}>
        <p>{t(`state.${task.state}`)}</p>
        {label !== null && task.state === "closed" && <Label label={label} />}
      </Card>
      {present.map((one) => (
        <Card
          key={one.id}
          title={one.reader_id === me ? t("told.mine") : t(one.round === 3 ? "told.ofLead" : "told.ofReader")}
        >
          <ReviewText review={one} mine={one.reader_id === me} />
          {one.can_correct && onCorrect !== undefined && (
            <Button className="mt-3" onClick={() => onCorrect(one)}>
              {t("correct.open")}
            </Button>
          )}
        </Card>
      ))}
    </div>
  );
}

function Machine({ said }: { said: MachineSaid | null }) {
  const t = useTranslations();
  if (said === null) return <p className="text-muted">{t("review.told.noMachine")}</p>;
  const estimate = estimateGiven(said.verdict, said.final_score);
  const [low, high] = said.interval ?? [];
  const range = low === undefined || high === undefined ? null : percentRange([low, high]);
  const persons = Object.entries(said.persons);
  return (
    <div className="flex flex-col gap-2">
      <p className="flex items-center gap-1.5">
        <Brief verdict={said.verdict} />
        {estimate !== null && <span className="text-muted">({percent(estimate)})</span>}
      </p>
      {estimate !== null && range !== null && (
        <p className="text-sm text-muted">
          {t("review.told.range", { range, threshold: percent(said.threshold) })}
        </p>
      )}
      {persons.length > 1 && (
        <ul className="text-sm">
          {persons.map(([letter, verdict]) => (
            <li key={letter} className="flex items-center gap-1.5">
              <span className="font-medium">{t("review.person", { letter })}:</span>
              {verdict === null ? "–" : <Brief verdict={verdict} />}
            </li>
          ))}
        </ul>
      )}
      <p className="text-sm text-muted">{[said.bundle, said.version].filter(Boolean).join(" ")}</p>
      <p className="text-sm">
        <Link href={`/result/?id=${encodeURIComponent(said.job_id)}`} className="underline">
          {t("review.told.result")}
        </Link>
      </p>
    </div>
  );
}

function Brief({ verdict }: { verdict: MachineSaid["verdict"] }) {
  const t = useTranslations("common.verdict.brief");
  const sign = verdict === "no_signs" ? "not_flagged" : verdict;
  return (
    <span className="flex items-center gap-1.5">
      <VerdictMark verdict={sign} className="size-5" />
      <span className={`font-medium ${VERDICT_TEXT[sign]}`}>{t(sign)}</span>
    </span>
  );
}

function Why({ told: { task } }: { told: TaskTold }) {
  const t = useTranslations("review");
  return (
    <div className="flex flex-col gap-2">
      <p>{t(`reason.${task.reason}`)}</p>
      {task.asked_by !== null && (
        <p className="text-sm text-muted">{t("told.askedBy", { who: task.asked_by })}</p>
      )}
      {task.note !== null && <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{task.note}</p>}
    </div>
  );
}

function Label({ label: { value, kind, grade } }: { label: NonNullable<TaskTold["label"]> }) {
  const t = useTranslations("review");
  return (
    <p className="mt-2">
      <span className="font-semibold">{t(`value.${value}`)}</span>
      {kind !== null && <span>, {t(`kind.${kind}`)}</span>}
      <span className="text-muted"> ({t(`grade.${grade}`)})</span>
    </p>
  );
}
