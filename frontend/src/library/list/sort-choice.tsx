"use client";

import { useTranslations } from "use-intl";

import { SORTS, type Sort } from "@/library/query";

type Props = { sort: Sort; onSort: (sort: Sort) => void };

/** In which order the files are listed. */
export function SortChoice({ sort, onSort }: Props) {
  const t = useTranslations("library.sort");
  return (
    <label className="flex items-center gap-2 text-sm">
      <span className="sr-only">{t("label")}</span>
      <select
        value={sort}
        onChange={(event) => onSort(SORTS.find((known) => known === event.target.value) ?? "newest")}
        className="min-h-11 rounded-control border border-control bg-surface px-2 text-text pointer-fine:min-h-9"
      >
        {SORTS.map((known) => (
          <option key={known} value={known}>
            {t(known)}
          </option>
        ))}
      </select>
    </label>
  );
}
