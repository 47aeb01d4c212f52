"use client";

import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { AgreementFigures, AgreementReport } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { countedShare, percentRange } from "@/i18n/format";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { Waiting } from "@/ui/waiting";

const QUESTIONS = ["answer", "positive", "kind", "persons"] as const;
const CELL = "px-3 py-2 text-left align-top";

type Row = { name: string; figures: Partial<Record<string, AgreementFigures>> };

/** How far first and second readers agree, for leads: by question, in all, by month and by reader. */
export function Agreement() {
  const t = useTranslations("review.agreement");
  const monthOf = useMonth();
  const { data, error } = useQuery<AgreementReport, ApiError>({
    queryKey: [...keys.reviews, "agreement"],
    queryFn: () => unwrap(api.GET("/api/review/agreement")),
  });
  const pairs = data?.questions.answer?.pairs ?? 0;
  return (
    <>
      <PageHeading className="mb-1">{t("title")}</PageHeading>
      <p className="mb-4 max-w-prose text-muted">{t("lead")}</p>
      {error !== null ? (
        <Problem error={error} />
      ) : data === undefined ? (
        <Waiting tall />
      ) : pairs === 0 ? (
        <Notice title={t("none")}>{t("noneText")}</Notice>
      ) : (
        <div className="flex flex-col gap-4">
          {QUESTIONS.filter((question) => (data.questions[question]?.pairs ?? 0) > 0).map((question) => (
            <Table
              key={question}
              title={t(`question.${question}`)}
              question={question}
              rows={[
                { name: t("all"), figures: data.questions },
                ...data.months.map(({ month, questions }) => ({ name: monthOf(month), figures: questions })),
              ]}
            />
          ))}
          {data.readers.length > 0 && (
            <Table
              title={t("readers")}
              question="answer"
              rows={data.readers.map(({ reader, questions }) => ({
                name: reader ?? t("formerMember"),
                figures: questions,
              }))}
            />
          )}
          <p className="max-w-prose text-sm text-muted">{t("how")}</p>
        </div>
      )}
    </>
  );
}

function Table({ title, question, rows }: { title: string; question: string; rows: readonly Row[] }) {
  const t = useTranslations("review.agreement");
  const format = useFormatter();
  const kappa = (value: number) =>
    format.number(value, { maximumFractionDigits: 2, minimumFractionDigits: 2 });
  return (
    <Card title={title}>
      <table className="w-full table-fixed border-collapse text-sm">
        <caption className="sr-only">{title}</caption>
        <thead>
          <tr className="border-b border-line text-muted">
            <th scope="col" className={`${CELL} font-medium`} />
            <th scope="col" className={`${CELL} w-16 font-medium`}>
              {t("pairs")}
            </th>
            <th scope="col" className={`${CELL} font-medium`}>
              {t("share")}
            </th>
            <th scope="col" className={`${CELL} font-medium`}>
              {t("kappa")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, figures }) => {
            const found = figures[question];
            const [low, high] = found?.kappa_interval ?? [];
            return (
              <tr key={name} className="border-b border-line last:border-0">
                <th scope="row" className={`${CELL} font-medium [overflow-wrap:anywhere]`}>
                  {name}
                </th>
                <td className={`${CELL} tabular-nums`}>{found?.pairs ?? 0}</td>
                <td className={`${CELL} tabular-nums`}>
                  {found === undefined || found.share === null ? "–" : countedShare(found.share)}
                  {found !== undefined && found.share_interval !== null && (
                    <span className="block text-muted">{percentRange(found.share_interval)}</span>
                  )}
                </td>
                <td className={`${CELL} tabular-nums`}>
                  {found === undefined || found.kappa === null ? "–" : kappa(found.kappa)}
                  {low !== undefined && high !== undefined && (
                    <span className="block text-muted">
                      {t("range", { low: kappa(low), high: kappa(high) })}
                    </span>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Card>
  );
}

function useMonth(): (month: string) => string {
  const format = useFormatter();
  return (month) =>
    format.dateTime(new Date(`${month}-15T00:00:00Z`), { year: "numeric", month: "long", timeZone: "UTC" });
}
