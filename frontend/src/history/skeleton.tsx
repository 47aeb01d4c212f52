"use client";

import { useTranslations } from "use-intl";

const ROWS = [0, 1, 2, 3, 4, 5, 6, 7];

/** Holds the list's place while it is read. */
export function Skeleton() {
  const t = useTranslations("common");
  return (
    <div role="status" className="divide-y divide-line rounded-card border border-line bg-surface">
      <span className="sr-only">{t("loading")}</span>
      {ROWS.map((row) => (
        <div key={row} className="flex items-center gap-4 px-4 py-3">
          <div className="size-14 rounded-control bg-sunken" />
          <div className="h-4 w-48 max-w-[50%] rounded-control bg-sunken" />
        </div>
      ))}
    </div>
  );
}
