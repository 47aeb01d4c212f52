"use client";

import { Toggle } from "@base-ui/react/toggle";
import { ToggleGroup } from "@base-ui/react/toggle-group";

type Props<Name extends string> = {
  label: string;
  /** The filters that are offered, in their order. */
  shown: readonly Name[];
  chosen: Name;
  /** The one that takes the place of a chip that is let go. */
  usual: Name;
  words: (name: Name) => string;
  counts: Record<Name, number>;
  onFilter: (name: Name) => void;
};

/** The filter of a table: one chip for each choice, with its number of rows. */
export function FilterChips<Name extends string>({
  label,
  shown,
  chosen,
  usual,
  words,
  counts,
  onFilter,
}: Props<Name>) {
  return (
    <ToggleGroup
      value={[chosen]}
      onValueChange={(pressed) => onFilter(shown.find((known) => known === pressed[0]) ?? usual)}
      aria-label={label}
      className="flex flex-wrap gap-2"
    >
      {shown.map((known) => (
        <Toggle
          key={known}
          value={known}
          className="inline-flex min-h-11 items-center gap-2 rounded-full border border-control bg-surface px-4 text-sm hover:bg-sunken data-pressed:border-text data-pressed:bg-text data-pressed:text-bg pointer-fine:min-h-8"
        >
          {words(known)}
          <span className="font-semibold">{counts[known]}</span>
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
