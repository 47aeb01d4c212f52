"use client";

import { useTranslations } from "use-intl";

import type { JobSummary } from "@/api/schema";
import { percent } from "@/i18n/format";
import { estimateGiven } from "@/ui/verdict";

/** Says a verdict that is known without its result in a few words, with the estimate where one was given. */
export function useOutcome(): (
  verdict: NonNullable<JobSummary["verdict"]>,
  score: JobSummary["final_score"],
) => string {
  const t = useTranslations("result.marks");
  const brief = useTranslations("common.verdict.brief");
  return (verdict, score) => {
    const estimate = estimateGiven(verdict, score);
    // Whether "none found" is earned is known to the result alone.
    const said = brief(verdict === "no_signs" ? "not_flagged" : verdict);
    return estimate === null ? said : t("estimated", { said, estimate: percent(estimate) });
  };
}
