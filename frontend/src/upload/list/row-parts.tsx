"use client";

import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useLocale, useTranslations } from "use-intl";

import { useMe } from "@/api/queries";
import { useChosenWorkspace } from "@/api/workspace";
import { bytes } from "@/i18n/format";
import { Poster } from "@/jobs/poster";
import { Button } from "@/ui/button";
import type { Row } from "@/upload/queue/queue";
import { uploader } from "@/upload/queue/uploader";

/** A row's picture, name and size, which stay in place while its state changes. */
export function RowFrame({ row, children }: { row: Row; children: ReactNode }) {
  const locale = useLocale();
  const elsewhere = useElsewhere(row);
  const file = row.source instanceof File && row.kind !== null ? row.source : null;
  // The message about a file that is too large names its size itself.
  const sized =
    row.size !== null && !(row.phase.is === "refused" && row.phase.failure.code === "FILE_TOO_LARGE");
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-4 p-3 sm:grid-cols-[auto_minmax(0,1fr)_auto] sm:p-4">
      <Poster
        file={file}
        kind={row.kind}
        className="row-span-2 size-14 self-start rounded-control sm:self-center"
      />
      <p className="flex min-w-0 items-baseline gap-2">
        <span className="truncate font-medium" title={row.name}>
          {row.name}
        </span>
        {sized && <span className="shrink-0 text-sm text-muted">{bytes(row.size ?? 0, locale)}</span>}
        {elsewhere !== null && <span className="max-w-40 truncate text-sm text-muted">{elsewhere}</span>}
      </p>
      {children}
    </li>
  );
}

/** The workspace of a row that is for another one than the page, in words; null otherwise. */
function useElsewhere({ workspace }: Row): string | null {
  const t = useTranslations();
  const known = useMe().data?.workspaces ?? [];
  if (workspace === useChosenWorkspace()) return null;
  const own = known.find(({ id, personal }) => (workspace === null ? personal : id === workspace));
  if (own === undefined) return null;
  return t("analyse.row.workspace", { name: own.personal ? t("common.workspace.personal") : own.name });
}

/** A row's state in words, and its buttons. */
export function RowBody({ children, actions }: { children: ReactNode; actions: ReactNode }) {
  return (
    <>
      <div className="col-start-2 mt-1 min-w-0 text-sm">{children}</div>
      <div className="col-span-2 mt-3 flex flex-wrap justify-end gap-2 sm:col-span-1 sm:col-start-3 sm:row-span-2 sm:row-start-1 sm:mt-0 sm:flex-nowrap">
        {actions}
      </div>
    </>
  );
}

/** Takes a row off the list; nothing on the server changes. */
export function RemoveButton({ row, onRemoved }: { row: Row; onRemoved: () => void }) {
  const t = useTranslations("analyse.row");
  const remove = () => {
    uploader.remove(row.key);
    onRemoved();
  };
  return (
    <Button
      look="quiet"
      aria-label={t("remove", { name: row.name })}
      title={t("removeShort")}
      onClick={remove}
      className="px-2"
    >
      <X aria-hidden className="size-5" />
    </Button>
  );
}
