"use client";

import type { ReactNode } from "react";
import { useFormatter, useTranslations } from "use-intl";

import type { Law, LawFact } from "@/api/schema";
import { useLanguageCode } from "@/i18n/language-code";
import { Card } from "@/ui/card";

/** One country: what is law, what is not, official texts and help. The server words each fact for the day. */
export function Entry({ law }: { law: Law }) {
  const t = useTranslations("law");
  const locale = useLanguageCode();
  const isOpen = ({ validity }: LawFact) => validity === "draft" || validity === "unresolved";
  const inLaw = law.facts.filter((fact) => !isOpen(fact));
  const open = law.facts.filter(isOpen);
  return (
    <article className="flex flex-col gap-4">
      <Heading law={law} />
      {inLaw.length > 0 && (
        <Card title={t("facts")}>
          <Facts facts={inLaw} />
        </Card>
      )}
      {open.length > 0 && (
        <Card title={t("open")}>
          <Facts facts={open} />
        </Card>
      )}
      {law.missing !== null && <p className="text-muted">{law.missing[locale]}</p>}
      <Card title={t("official")}>
        <Links>
          {law.official.map(({ url, title, lang }) => (
            <li key={url}>
              <Outside url={url} lang={lang}>
                {title}
              </Outside>
            </li>
          ))}
        </Links>
      </Card>
      {law.help.length > 0 && (
        <Card title={t("help")}>
          <Links>
            {law.help.map(({ url, name, phone, audience }) => (
              <li key={url}>
                <Outside url={url}>{name}</Outside>
                {phone !== null && <>, {t("phone", { phone })}</>} ({t(`for.${audience}`)})
              </li>
            ))}
          </Links>
        </Card>
      )}
      <Sources facts={law.facts} />
    </article>
  );
}

function Heading({ law }: { law: Law }) {
  const t = useTranslations("law");
  const locale = useLanguageCode();
  const format = useFormatter();
  const date = format.dateTime(new Date(law.checked_on), { dateStyle: "long", timeZone: "UTC" });
  return (
    <header className="flex flex-col gap-1">
      <h2 className="text-xl font-semibold">{law.name[locale]}</h2>
      <p className="text-muted">
        {t(`status.${law.status}`)}{" "}
        {t("topics", { list: law.topics.map((topic) => t(`topic.${topic}`)).join(", ") })}
      </p>
      <p className="text-muted">
        {t("checked", { date })}{" "}
        {law.checked_by === null ? t("unread") : t("readBy", { name: law.checked_by })}
      </p>
      {law.may_be_out_of_date && <p className="font-semibold">{t("stale")}</p>}
    </header>
  );
}

function Facts({ facts }: { facts: LawFact[] }) {
  const locale = useLanguageCode();
  return (
    <ul className="flex list-disc flex-col gap-3 pl-5">
      {facts.map((fact) => (
        <li key={fact.text.en} className="[overflow-wrap:anywhere]">
          {fact.text[locale]} <Since fact={fact} />
        </li>
      ))}
    </ul>
  );
}

/** Since when something is in force; another validity says its day in the text. */
function Since({ fact }: { fact: LawFact }) {
  const t = useTranslations("law");
  const format = useFormatter();
  if (fact.validity !== "in_force" || fact.since === null) return null;
  const date = format.dateTime(new Date(fact.since), { dateStyle: "long", timeZone: "UTC" });
  return <span className="text-muted">{t("since", { date })}</span>;
}

/** What the facts rest on, behind a disclosure. */
function Sources({ facts }: { facts: LawFact[] }) {
  const t = useTranslations("law");
  const locale = useLanguageCode();
  return (
    <details className="rounded-card border border-line bg-surface p-4 sm:px-6">
      <summary className="min-h-11 cursor-pointer content-center font-semibold">{t("sources")}</summary>
      <ol className="mt-2 flex list-decimal flex-col gap-2 pl-5 text-sm">
        {facts.map((fact) => (
          <li key={fact.text.en} className="[overflow-wrap:anywhere]">
            <span className="line-clamp-1 text-muted">{fact.text[locale]}</span>
            {t(`sure.${fact.sure}`)} {fact.sources.join("; ")}
          </li>
        ))}
      </ol>
    </details>
  );
}

function Links({ children }: { children: ReactNode }) {
  return <ul className="flex flex-col gap-2">{children}</ul>;
}

function Outside({ url, lang, children }: { url: string; lang?: string; children: ReactNode }) {
  return (
    <a
      href={url}
      hrefLang={lang}
      rel="noreferrer"
      className="inline-block min-h-6 underline [overflow-wrap:anywhere]"
    >
      {children}
    </a>
  );
}
