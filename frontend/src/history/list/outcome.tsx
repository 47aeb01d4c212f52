"use client";

import { Ban, CircleX, Ellipsis, EyeOff } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import { failureOfCode } from "@/failures/failure";
import { useFailureWords } from "@/failures/use-failure-words";
import type { Row } from "@/history/row";
import { percent, percentRange } from "@/i18n/format";
import { ProgressBar } from "@/jobs/progress";
import { stageName } from "@/jobs/stages";
import { VERDICT_TEXT, VerdictMark, type Verdict } from "@/ui/verdict-mark";

/** A row's outcome: its verdict with the estimate in brackets, its stage, or why there is neither. */
export function Outcome({ row }: { row: Row }) {
  const t = useTranslations("history.state");
  const words = useFailureWords();
  switch (row.state) {
    case "COMPLETED":
      if (row.verdict !== null) return <Verdicted row={row} verdict={row.verdict} />;
      return (
        <Line icon={<EyeOff aria-hidden className="size-5 shrink-0 text-muted" />}>{t("readBlind")}</Line>
      );
    case "FAILED":
      return (
        <Line icon={<CircleX aria-hidden className="size-5 shrink-0 text-danger" />}>
          {t("failedWhy", { why: words(failureOfCode(row.errorCode)).summary })}
        </Line>
      );
    case "CANCELLED":
      return <Line icon={<Ban aria-hidden className="size-5 shrink-0 text-muted" />}>{t("cancelled")}</Line>;
    case "READING":
      return (
        <Line icon={<Ellipsis aria-hidden className="size-5 shrink-0 text-muted" />}>{t("reading")}</Line>
      );
    case "GONE":
      return <Line icon={<Ban aria-hidden className="size-5 shrink-0 text-muted" />}>{t("gone")}</Line>;
    case "UNREACHABLE":
      return (
        <Line icon={<Ellipsis aria-hidden className="size-5 shrink-0 text-muted" />}>{t("unreachable")}</Line>
      );
    default:
      return <UnderWay row={row} state={row.state} />;
  }
}

function Verdicted({ row: { estimate, range }, verdict }: { row: Row; verdict: Verdict }) {
  const t = useTranslations("history");
  const figure = estimate === null ? null : percent(estimate);
  const between = range === null ? null : percentRange(range);
  const ranged = between !== null && between !== figure;
  // The list does not say how far under the threshold a file lies.
  const sign = verdict === "no_signs" ? "not_flagged" : verdict;
  return (
    <Line icon={<VerdictMark verdict={sign} className="size-5" />}>
      <span className={`font-medium ${VERDICT_TEXT[sign]}`}>{t(`verdict.${verdict}`)}</span>
      {figure !== null && (
        <span className="text-muted">
          {" "}
          <span className="whitespace-nowrap">
            (<span className="sr-only">{t("estimated")} </span>
            {figure}
            {ranged ? "," : ")"}
          </span>
          {ranged && (
            <>
              {" "}
              <span className="whitespace-nowrap">{t("range", { range: between })})</span>
            </>
          )}
        </span>
      )}
    </Line>
  );
}

function UnderWay({ row, state }: { row: Row; state: "QUEUED" | "RUNNING" | "PROCESSING" }) {
  const t = useTranslations("common.stage");
  const name = t(stageName({ state, stage: row.stage, progress_percent: row.progressPercent }));
  return (
    <div className="w-full max-w-56">
      <p className="flex justify-between gap-3">
        <span>{name}</span>
        {state !== "QUEUED" && <span className="text-muted">{row.progressPercent} %</span>}
      </p>
      <div className="mt-1">
        <ProgressBar value={state === "QUEUED" ? null : row.progressPercent} label={`${row.name}: ${name}`} />
      </div>
    </div>
  );
}

function Line({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <p className="flex items-start gap-2">
      <span className="flex h-6 items-center">{icon}</span>
      <span className="min-w-0">{children}</span>
    </p>
  );
}
