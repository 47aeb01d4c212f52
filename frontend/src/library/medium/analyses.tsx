"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "use-intl";

import type { JobSummary } from "@/api/schema";
import { aligned, type Fact } from "@/compare/facts";
import { FactsTable } from "@/compare/facts-table";
import { percent, percentRange } from "@/i18n/format";
import { isFinal } from "@/jobs/stages";
import { Card } from "@/ui/card";
import { estimateGiven } from "@/ui/verdict";

import { useAnalyses } from "./use-medium";

const COLUMNS = 4; // more do not fit; the rest is listed below
const LINK = "inline-flex min-h-11 items-center underline pointer-fine:min-h-6";

/** Every analysis of a file in a column of its own, with what differs between them marked. */
export function Analyses({ id, withheld }: { id: string; withheld: boolean }) {
  const t = useTranslations("library.medium");
  const moment = useMoment();
  const facts = useAnalysisFacts();
  const found = useAnalyses(id).data?.analyses ?? [];
  if (found.length === 0) return null;
  const shown = found.filter(isWhole).slice(0, COLUMNS);
  const rest = found.filter((one) => !shown.includes(one));
  const [first = [], ...others] = shown.map(facts);
  const link = (one: JobSummary) => (
    <Link key={one.job_id} href={`/result/?id=${encodeURIComponent(one.job_id)}`} className={LINK}>
      {moment(one.created_at)}
    </Link>
  );
  return (
    <Card
      title={t("analyses")}
      aside={shown.length > 1 && !withheld && <p className="text-sm text-muted">{t("marked")}</p>}
    >
      <div className="overflow-x-auto">
        {shown.length > 0 && <FactsTable heads={shown.map(link)} rows={aligned(first, ...others)} />}
      </div>
      {rest.length > 0 && (
        <details className="mt-3 text-sm">
          <summary className={LINK}>{t("others", { count: rest.length })}</summary>
          <ul className="flex flex-wrap gap-x-4">
            {rest.map((one) => (
              <li key={one.job_id}>
                {link(one)}
                {one.marked && ` (${t("markedFace")})`}
                {one.state !== "COMPLETED" && ` (${t(isFinal(one.state) ? "ended" : "underWay")})`}
              </li>
            ))}
          </ul>
        </details>
      )}
      {shown.length > 1 && !withheld && (
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

/** Whether it is a verdict about the whole file, and not one that failed, or of a face that was marked. */
function isWhole({ state, marked }: JobSummary): boolean {
  return state === "COMPLETED" && !marked;
}

function useAnalysisFacts(): (one: JobSummary) => Fact[] {
  const t = useTranslations();
  const format = useFormatter();
  return (one) => {
    if (one.withheld) return [{ name: t("compare.facts.verdict"), value: t("library.withheld") }];
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
      fact("people", (one.persons ?? null) === null ? null : format.number(one.persons ?? 0)),
      fact("model", [one.bundle, one.bundle_version].filter(Boolean).join(" ") || null),
      fact(
        "threshold",
        (one.decision_threshold ?? null) === null ? null : percent(one.decision_threshold ?? 0),
      ),
    ];
  };
}

/** A moment in the reader's words. */
export function useMoment(): (iso: string) => string {
  const format = useFormatter();
  return (iso) => format.dateTime(new Date(iso), { dateStyle: "medium", timeStyle: "short" });
}
