"use client";

import { useTranslations } from "use-intl";

import { SORTS, type Sort } from "./query";

/** In which order the list stands. */
export function SortChoice({ sort, onSort }: { sort: Sort; onSort: (sort: Sort) => void }) {
  const t = useTranslations("history.sort");
  return (
    <select
      value={sort}
      aria-label={t("label")}
      onChange={(event) => onSort(SORTS.find((known) => known === event.target.value) ?? "newest")}
      className="min-h-11 rounded-control border border-control bg-surface px-2 text-sm text-text pointer-fine:min-h-9"
    >
      {SORTS.map((known) => (
        <option key={known} value={known}>
          {t(known)}
        </option>
      ))}
    </select>
  );
}
