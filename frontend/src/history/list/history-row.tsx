"use client";

import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import { useLocale, useTranslations } from "use-intl";

import type { ApiError } from "@/api/errors";
import type { Row } from "@/history/row";
import { bytes } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";

import { Outcome } from "./outcome";
import { Refused, RowActions } from "./row-actions";
import { Thumbnail } from "./thumbnail";
import { When } from "./when";

type Props = {
  row: Row;
  now: Date;
  /** Take the focus when it appears, as after a deletion was undone. */
  focus: boolean;
  onDelete: () => void;
};

/** One analysis: file, outcome, time and actions. The whole line links to its result. */
export function HistoryRow({ row, now, focus, onDelete }: Props) {
  const [refused, setRefused] = useState<ApiError | null>(null);
  return (
    <li className="relative grid grid-cols-[3.5rem_minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-3 hover:bg-sunken md:grid-cols-[3.5rem_minmax(0,1fr)_15rem_10.5rem_5.5rem] lg:grid-cols-[3.5rem_minmax(0,1fr)_18rem_10.5rem_5.5rem]">
      <div className="self-start md:row-span-1">
        <Thumbnail row={row} />
      </div>
      <What row={row} focus={focus} />
      <div className="col-span-2 col-start-2 md:col-span-1 md:col-start-auto">
        <Outcome row={row} />
        {refused !== null && <Refused error={refused} />}
      </div>
      <div className="col-span-2 col-start-2 text-sm text-muted md:col-span-1 md:col-start-auto">
        <When row={row} now={now} />
      </div>
      <div className="col-start-3 row-start-1 md:col-start-auto md:row-start-auto">
        <RowActions row={row} onDelete={onDelete} onRefused={setRefused} />
      </div>
    </li>
  );
}

function What({ row, focus }: { row: Row; focus: boolean }) {
  const clock = useTimeText();
  const t = useTranslations("history");
  const locale = useLocale();
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (focus) link.current?.focus();
  }, [focus]);
  const facts = [
    row.marked ? t("marked") : null,
    t(`kind.${row.kind}`),
    row.durationMs === null ? null : clock(row.durationMs, false),
    row.sizeBytes === null ? null : bytes(row.sizeBytes, locale),
    row.sentBy === null ? null : t("sentBy", { who: row.sentBy }),
  ].filter((fact) => fact !== null);
  return (
    <div className="min-w-0">
      {row.state === "GONE" ? (
        <span className="block truncate font-medium text-muted">{row.name}</span>
      ) : (
        <Link
          ref={link}
          href={`/result/?id=${encodeURIComponent(row.id)}`}
          title={row.name}
          className="block truncate font-medium text-text no-underline after:absolute after:inset-0 after:content-[''] hover:underline"
        >
          {row.name}
        </Link>
      )}
      <span className="text-sm text-muted [overflow-wrap:anywhere]">{facts.join(" · ")}</span>
    </div>
  );
}
