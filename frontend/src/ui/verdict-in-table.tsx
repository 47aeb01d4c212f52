"use client";

import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import type { Verdict } from "@/api/schema";
import { percent } from "@/i18n/format";

import { estimateGiven } from "./verdict";
import { VERDICT_TEXT, VerdictMark } from "./verdict-mark";

type Props = {
  verdict: Verdict;
  score: number | null;
  /** What is around the words, such as a link to the result. */
  around?: (words: ReactNode) => ReactNode;
  className?: string;
};

/** A verdict with its estimate in a row of a table. As in the history: a list does not say how far under the threshold a file lies. */
export function VerdictInTable({ verdict, score, around = (words) => words, className = "" }: Props) {
  const t = useTranslations("history.verdict");
  const sign = verdict === "no_signs" ? "not_flagged" : verdict;
  const estimate = estimateGiven(verdict, score);
  return (
    <p className={`flex items-start gap-2 ${className}`}>
      <VerdictMark verdict={sign} className="mt-0.5 size-5" />
      <span className="min-w-0 break-words">
        {around(<span className={`font-medium ${VERDICT_TEXT[sign]}`}>{t(verdict)}</span>)}
        {estimate !== null && (
          <span className="text-muted">
            {" "}
            <span className="whitespace-nowrap">({percent(estimate)})</span>
          </span>
        )}
      </span>
    </p>
  );
}
