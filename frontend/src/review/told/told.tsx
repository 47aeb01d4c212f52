"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "use-intl";

import type { MachineSaid, ReviewSeen, TaskTold } from "@/api/schema";
import { percent, percentRange } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";
import { Card } from "@/ui/card";
import { estimateGiven } from "@/ui/verdict";
import { VERDICT_TEXT, VerdictMark } from "@/ui/verdict-mark";

type Props = {
  told: TaskTold;
  /** The reader's account, whose own review is named so. */
  me: string | undefined;
};

/** What becomes of a task: what the machine said, what its readers said, why it was there. */
export function Told({ told, me }: Props) {
  const t = useTranslations("review.told");
  const states = useTranslations("review.state");
  const { task, machine, reviews, label } = told;
  const replaced = reviews.map(({ corrects }) => corrects);
  const present = reviews.filter(({ id }) => !replaced.includes(id));
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:gap-6 lg:grid-cols-2">
      <Card title={t("machine")}>
        <Machine said={machine} />
      </Card>
      <Card title={t("why")}>
        <Why told={told} />
      </Card>
      <Card title={t("outcome")}>
        <p>{states(task.state)}</p>
        {label !== null && task.state === "closed" && <Label label={label} />}
      </Card>
      {present.map((one) => (
        <Card
          key={one.id}
          title={one.reader_id === me ? t("mine") : t(one.round === 3 ? "ofLead" : "ofReader")}
        >
          <Review review={one} mine={one.reader_id === me} />
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

function Review({ review, mine }: { review: ReviewSeen; mine: boolean }) {
  const t = useTranslations("review");
  const format = useFormatter();
  const time = useTimeText();
  const { answer, kinds, per_person: persons, spans, regions, basis, links, note } = review;
  const facts: [string, string][] = [
    [t("form.kinds"), kinds.map((kind) => t(`kind.${kind}`)).join(", ")],
    [
      t("form.persons"),
      Object.entries(persons)
        .map(([letter, value]) => `${letter}: ${t(`value.${value}`)}`)
        .join(", "),
    ],
    [
      t("form.places"),
      [
        ...spans.map(({ start, end }) => t("form.span", { from: time(1000 * start), to: time(1000 * end) })),
        ...(regions.length > 0 ? [t("told.regions", { count: regions.length })] : []),
      ].join(", "),
    ],
    [t("form.basis"), basis.map((one) => t(`basis.${one}`)).join(", ")],
  ];
  return (
    <div className="flex flex-col gap-2">
      <p className="font-semibold">{t(`value.${answer}`)}</p>
      <dl className="text-sm">
        {facts
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt className="inline text-muted">{name}: </dt>
              <dd className="inline">{value}</dd>
            </div>
          ))}
      </dl>
      {links.map((link) => (
        <a
          key={link}
          href={link}
          rel="noreferrer noopener nofollow"
          target="_blank"
          className="text-sm underline [overflow-wrap:anywhere]"
        >
          {link}
        </a>
      ))}
      {note !== null && <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{note}</p>}
      <p className="text-sm text-muted">
        {!mine && `${review.reader ?? t("told.formerMember")}, `}
        {format.dateTime(new Date(review.submitted_at), { dateStyle: "medium", timeStyle: "short" })}
      </p>
    </div>
  );
}
