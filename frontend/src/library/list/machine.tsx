"use client";

import { useTranslations } from "use-intl";

import type { Medium } from "@/api/schema";
import { percent } from "@/i18n/format";
import { estimateGiven } from "@/ui/verdict";
import { VERDICT_TEXT, VerdictMark } from "@/ui/verdict-mark";

type Props = { verdict: Medium["verdict"]; score: number | null; withheld: boolean };

/** The machine's verdict with its estimate in brackets; that there is none yet, or that the reader has to answer first. */
export function Machine({ verdict, score, withheld }: Props) {
  const t = useTranslations();
  if (withheld) return <span className="text-muted">{t("library.withheld")}</span>;
  if (verdict === null) return <span className="text-muted">{t("library.unanalysed")}</span>;
  // As in the history: the list does not say how far under the threshold a file lies.
  const sign = verdict === "no_signs" ? "not_flagged" : verdict;
  const estimate = estimateGiven(verdict, score);
  return (
    <span className="flex items-start gap-1.5">
      <VerdictMark verdict={sign} className="mt-0.5 size-5" />
      <span className="min-w-0">
        <span className={`font-medium ${VERDICT_TEXT[sign]}`}>{t(`common.verdict.brief.${sign}`)}</span>
        {estimate !== null && <span className="whitespace-nowrap text-muted"> ({percent(estimate)})</span>}
      </span>
    </span>
  );
}
