"use client";

import type { ReactNode } from "react";
import { useLocale } from "use-intl";

import { bytes } from "@/i18n/format";
import { Poster } from "@/jobs/poster";

import type { Row } from "./queue";

/** A row's picture, name and size; what is said about it below, and its buttons beside. */
export function RowFrame({ row, children, actions }: { row: Row; children: ReactNode; actions: ReactNode }) {
  const locale = useLocale();
  const file = row.source instanceof File && row.kind !== null ? row.source : null;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 p-3 sm:flex-nowrap sm:p-4">
      <Poster
        file={file}
        kind={row.kind ?? "video"}
        className="size-14 shrink-0 self-start rounded-control"
      />
      <div className="min-w-0 flex-1 basis-40">
        <p className="flex items-baseline gap-2">
          <span className="truncate font-medium" title={row.name}>
            {row.name}
          </span>
          {row.size !== null && (
            <span className="shrink-0 text-sm text-muted">{bytes(row.size, locale)}</span>
          )}
        </p>
        <div className="mt-1 text-sm">{children}</div>
      </div>
      <div className="flex w-full flex-wrap justify-end gap-2 sm:w-auto sm:flex-nowrap">{actions}</div>
    </li>
  );
}
