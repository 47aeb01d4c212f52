"use client";

import { useFormatter, useTranslations } from "use-intl";

import type { ReviewSeen } from "@/api/schema";
import { useTimeText } from "@/i18n/use-time-text";

/** A review in words: the answer, how, where, on what it stands; by whom, where it is not the reader's own. */
export function ReviewText({ review, mine }: { review: ReviewSeen; mine: boolean }) {
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
