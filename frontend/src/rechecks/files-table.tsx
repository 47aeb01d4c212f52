"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import type { RecheckItem, Verdict } from "@/api/schema";
import { failureOfCode } from "@/failures/failure";
import { useFailureWords } from "@/failures/use-failure-words";
import { Button } from "@/ui/button";
import { VerdictInTable } from "@/ui/verdict-in-table";

type Props = {
  items: readonly RecheckItem[];
  /** Whether there are more than these. */
  more: boolean;
  loading: boolean;
  onMore: () => void;
};

/** The files of a recheck, each with its verdict before and after, which lead to the results. */
export function FilesTable({ items, more, loading, onMore }: Props) {
  const t = useTranslations("recheck");
  if (items.length === 0) return <p className="py-6 text-muted">{t("none")}</p>;
  return (
    <>
      <table className="w-full table-fixed border-collapse text-left">
        <caption className="sr-only">{t("table")}</caption>
        <thead>
          <tr className="border-b border-line text-sm text-muted">
            {(["file", "before", "after"] as const).map((column) => (
              <th key={column} scope="col" className="py-2 pr-3 font-medium last:pr-0">
                {t(`column.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.media_id} className="border-b border-line align-top">
              <td className="py-2 pr-3 break-words">
                <Link href={`/media/?id=${encodeURIComponent(item.media_id)}`} className="underline">
                  {item.name}
                </Link>
              </td>
              <td className="py-2 pr-3">
                {item.withheld ? (
                  <Withheld />
                ) : (
                  <Outcome verdict={item.before_verdict} score={item.before_score} job={item.before_job_id} />
                )}
              </td>
              <td className="py-2">
                {item.withheld && item.state === "DONE" ? (
                  <Withheld />
                ) : item.after_verdict === null ? (
                  <Still item={item} />
                ) : (
                  <Outcome verdict={item.after_verdict} score={item.after_score} job={item.job_id} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more && (
        <div className="mt-4">
          <Button onClick={onMore} aria-disabled={loading}>
            {t("more")}
          </Button>
        </div>
      )}
    </>
  );
}

/** Of a file that the reader has to answer first. */
function Withheld() {
  const t = useTranslations("history.state");
  return <p className="text-muted">{t("readBlind")}</p>;
}

type OutcomeProps = { verdict: Verdict | null; score: number | null; job: string | null };

function Outcome({ verdict, score, job }: OutcomeProps) {
  const t = useTranslations("recheck");
  if (verdict === null) return <p className="text-muted">{t("noVerdict")}</p>;
  return (
    <VerdictInTable
      verdict={verdict}
      score={score}
      className="max-sm:flex-col max-sm:gap-1"
      around={(words) =>
        job === null ? (
          words
        ) : (
          <Link href={`/result/?id=${encodeURIComponent(job)}`} className="underline">
            {words}
          </Link>
        )
      }
    />
  );
}

function Still({ item: { state, error_code } }: { item: RecheckItem }) {
  const t = useTranslations("recheck.item");
  const words = useFailureWords();
  return (
    <p className="text-muted">
      {t(state)}
      {error_code !== null && (
        <span className="block text-sm">{words(failureOfCode(error_code)).summary}</span>
      )}
    </p>
  );
}
