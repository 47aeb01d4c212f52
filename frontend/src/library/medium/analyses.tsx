"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "use-intl";

import type { MediumAnalysis } from "@/api/schema";
import { aligned, type Fact } from "@/compare/facts";
import { FactsTable } from "@/compare/facts-table";
import { percent, percentRange } from "@/i18n/format";
import { Card } from "@/ui/card";
import { estimateGiven } from "@/ui/verdict";

import { useAnalyses } from "./use-medium";

const COLUMNS = 4; // more do not fit; the rest is listed below
const LINK = "inline-flex min-h-11 items-center underline pointer-fine:min-h-6";

/** Every analysis of a file in a column of its own, with what differs between them marked. */
export function Analyses({ id }: { id: string }) {
  const t = useTranslations("library.medium");
  const moment = useMoment();
  const facts = useAnalysisFacts();
  const found = useAnalyses(id).data?.analyses ?? [];
  if (found.length === 0) return null;
  const shown = found.slice(0, COLUMNS);
  const rest = found.slice(COLUMNS);
  const [first = [], ...others] = shown.map(facts);
  const link = (one: MediumAnalysis) => (
    <Link key={one.job_id} href={`/result/?id=${encodeURIComponent(one.job_id)}`} className={LINK}>
      {moment(one.created_at)}
    </Link>
  );
  return (
    <Card
      title={t("analyses")}
      aside={shown.length > 1 && <p className="text-sm text-muted">{t("marked")}</p>}
    >
      <div className="overflow-x-auto">
        <FactsTable heads={shown.map(link)} rows={aligned(first, ...others)} />
      </div>
      {rest.length > 0 && (
        <details className="mt-3 text-sm">
          <summary className={LINK}>{t("earlier", { count: rest.length })}</summary>
          <ul className="flex flex-wrap gap-x-4">
            {rest.map((one) => (
              <li key={one.job_id}>{link(one)}</li>
            ))}
          </ul>
        </details>
      )}
      {shown.length > 1 && (
        <p className="mt-3 text-sm">
          <Link
            href={`/compare/?${new URLSearchParams({ a: shown[0]?.job_id ?? "", b: shown[1]?.job_id ?? "" })}`}
            className={LINK}
          >
            {t("compareTwo")}
          </Link>
        </p>
      )}
    </Card>
  );
}

function useAnalysisFacts(): (one: MediumAnalysis) => Fact[] {
  const t = useTranslations();
  const format = useFormatter();
  return (one) => {
    const estimate = estimateGiven(one.verdict, one.final_score);
    const [low, high] = one.interval ?? [];
    const range =
      estimate !== null && low !== undefined && high !== undefined ? percentRange([low, high]) : null;
    const sign = one.verdict === "no_signs" ? "not_flagged" : one.verdict;
    const fact = (
      key: "verdict" | "estimate" | "range" | "people" | "model" | "threshold",
      value: string | null,
    ) => ({
      name: t(`compare.facts.${key}`),
      value,
    });
    return [
      fact("verdict", sign === null ? null : t(`common.verdict.brief.${sign}`)),
      fact("estimate", estimate === null ? t("compare.noEstimate") : percent(estimate)),
      fact("range", range),
      fact("people", one.persons === null ? null : format.number(one.persons)),
      fact("model", [one.bundle, one.bundle_version].filter(Boolean).join(" ") || null),
      fact("threshold", one.decision_threshold === null ? null : percent(one.decision_threshold)),
    ];
  };
}

/** A moment in the reader's words. */
export function useMoment(): (iso: string) => string {
  const format = useFormatter();
  return (iso) => format.dateTime(new Date(iso), { dateStyle: "medium", timeStyle: "short" });
}
