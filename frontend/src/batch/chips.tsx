"use client";

import { Toggle } from "@base-ui/react/toggle";
import { ToggleGroup } from "@base-ui/react/toggle-group";
import { useTranslations } from "use-intl";

import { shownFilters, type Filter } from "./filters";

type Props = { filter: Filter; counts: Record<Filter, number>; onFilter: (filter: Filter) => void };

/** The filter of a batch's table: one chip for each choice, with its number of items. */
export function Chips({ filter, counts, onFilter }: Props) {
  const t = useTranslations("batch.filter");
  const shown = shownFilters(counts, filter);
  return (
    <ToggleGroup
      value={[filter]}
      onValueChange={(pressed) => onFilter(shown.find((known) => known === pressed[0]) ?? "all")}
      aria-label={t("label")}
      className="flex flex-wrap gap-2"
    >
      {shown.map((known) => (
        <Toggle
          key={known}
          value={known}
          className="inline-flex min-h-11 items-center gap-2 rounded-full border border-control bg-surface px-4 text-sm hover:bg-sunken data-pressed:border-text data-pressed:bg-text data-pressed:text-bg pointer-fine:min-h-8"
        >
          {t(known)}
          <span className="font-semibold">{counts[known]}</span>
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
