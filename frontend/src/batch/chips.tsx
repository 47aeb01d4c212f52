"use client";

import { useTranslations } from "use-intl";

import { FilterChips } from "@/ui/filter-chips";

import { shownFilters, type Filter } from "./filters";

type Props = { filter: Filter; counts: Record<Filter, number>; onFilter: (filter: Filter) => void };

/** The filter of a batch's table. */
export function Chips({ filter, counts, onFilter }: Props) {
  const t = useTranslations("batch.filter");
  const shown = shownFilters(counts, filter);
  return (
    <FilterChips
      label={t("label")}
      shown={shown}
      chosen={filter}
      usual="all"
      words={(known) => t(known)}
      counts={counts}
      onFilter={onFilter}
    />
  );
}
