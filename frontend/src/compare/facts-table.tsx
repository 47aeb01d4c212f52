"use client";

import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import type { Aligned } from "./facts";

/** Facts in rows, a column for each file or analysis; rows that differ are marked. */
export function FactsTable({ heads, rows }: { heads: readonly ReactNode[]; rows: readonly Aligned[] }) {
  const t = useTranslations("compare");
  return (
    <table className="w-full table-fixed text-sm max-sm:text-xs">
      <thead>
        <tr className="text-left text-muted">
          <th scope="col" className="w-[30%] pr-3 pb-2 font-medium sm:w-1/4">
            {t("fact")}
          </th>
          {heads.map((head, place) => (
            <th key={place} scope="col" className="pr-3 pb-2 font-medium last:pr-0">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Line key={row.name} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Line({ row: { name, values, differs } }: { row: Aligned }) {
  const t = useTranslations("compare");
  return (
    <tr className={`border-t border-line align-top ${differs ? "bg-sunken" : ""}`}>
      <th scope="row" className="py-2 pr-3 text-left font-normal hyphens-auto text-muted">
        {differs && (
          <>
            <span aria-hidden className="mr-1 font-semibold text-text">
              ≠
            </span>
            <span className="sr-only">{t("differs")}: </span>
          </>
        )}
        {name}
      </th>
      {values.map((value, index) => (
        <td
          key={index}
          className={`py-2 pr-3 [overflow-wrap:anywhere] last:pr-0 ${differs ? "font-semibold" : ""}`}
        >
          {value ?? "–"}
        </td>
      ))}
    </tr>
  );
}
