"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import type { BatchItemAnswer } from "@/api/schema";
import { failureOfCode } from "@/failures/failure";
import { useFailureWords } from "@/failures/use-failure-words";
import { Button } from "@/ui/button";
import { VerdictInTable } from "@/ui/verdict-in-table";

type Props = {
  items: readonly BatchItemAnswer[];
  /** Whether there are more than these. */
  more: boolean;
  loading: boolean;
  onMore: () => void;
};

/** The items of a batch, each with its outcome; a name leads to its result. */
export function ItemsTable({ items, more, loading, onMore }: Props) {
  const t = useTranslations("batch");
  if (items.length === 0) return <p className="py-6 text-muted">{t("none")}</p>;
  return (
    <>
      <table className="w-full table-fixed border-collapse text-left">
        <caption className="sr-only">{t("table")}</caption>
        <thead>
          <tr className="border-b border-line text-sm text-muted">
            <th scope="col" className="w-9 py-2 pr-2 font-medium sm:w-16">
              {t("column.number")}
            </th>
            <th scope="col" className="py-2 pr-4 font-medium">
              {t("column.file")}
            </th>
            <th scope="col" className="w-[44%] py-2 font-medium sm:w-1/2">
              {t("column.outcome")}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.position} className="border-b border-line align-top">
              <td className="py-2 pr-2 text-sm text-muted">{item.position + 1}</td>
              <td className="py-2 pr-4 break-words">
                <Name item={item} />
                {item.note !== null && <span className="block text-sm text-muted">{item.note}</span>}
              </td>
              <td className="py-2">
                <Outcome item={item} />
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

function Name({ item: { name, job } }: { item: BatchItemAnswer }) {
  if (job === null) return <span>{name}</span>;
  return (
    <Link href={`/result/?id=${encodeURIComponent(job.job_id)}`} className="underline">
      {name}
    </Link>
  );
}

function Outcome({ item }: { item: BatchItemAnswer }) {
  const t = useTranslations();
  const words = useFailureWords();
  const { state, job, error_code } = item;
  if (state === "COMPLETED" && job !== null && job.verdict !== null)
    return <VerdictInTable verdict={job.verdict} score={job.final_score} />;
  if (state === "COMPLETED" && job?.withheld === true)
    return <p className="text-muted">{t("history.state.readBlind")}</p>;
  if (error_code !== null)
    return (
      <p>
        {t(`batch.item.${state}`)}
        <span className="block text-sm text-muted">{words(failureOfCode(error_code)).summary}</span>
      </p>
    );
  return <p className="text-muted">{t(`batch.item.${state}`)}</p>;
}
