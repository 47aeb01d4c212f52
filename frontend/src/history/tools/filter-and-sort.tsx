"use client";

import { Toggle } from "@base-ui/react/toggle";
import { ToggleGroup } from "@base-ui/react/toggle-group";
import { useTranslations } from "use-intl";

import { FILTERS, SORTS, type Filter, type Sort } from "@/history/query";
import type { Tally } from "@/history/sources/select";

// These are rare; their chips are left out when they would show no row.
const SELDOM: readonly Filter[] = ["no_face", "active"];

type Props = { filter: Filter; tally: Tally | null; onFilter: (filter: Filter) => void };

/** The filter: one chip for each choice, with its number of rows. */
export function Chips({ filter, tally, onFilter }: Props) {
  const t = useTranslations("history.filter");
  const shown = FILTERS.filter(
    (known) => known === filter || !SELDOM.includes(known) || (tally !== null && tally[known] > 0),
  );
  const choose = (pressed: readonly string[]) =>
    onFilter(shown.find((known) => known === pressed[0]) ?? "all");
  return (
    <ToggleGroup
      value={[filter]}
      onValueChange={choose}
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
          {tally !== null && <span className="font-semibold">{tally[known]}</span>}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}

/** The order of the list. */
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
