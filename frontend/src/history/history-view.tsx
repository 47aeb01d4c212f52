"use client";

import dynamic from "next/dynamic";
import { useCallback, useEffect, useRef } from "react";
import { useTranslations } from "use-intl";

import { useDeletions, type RowDeletions } from "@/history/deletion/use-deletions";
import { HistoryList } from "@/history/list/history-list";
import { Empty, Skeleton, Trouble } from "@/history/list/placeholders";
import type { Rows } from "@/history/sources/select";
import { ExportButton } from "@/history/tools/export-button";
import { Chips, SortChoice } from "@/history/tools/filter-and-sort";
import { Pager } from "@/history/tools/pager";
import { Search } from "@/history/tools/search";
import { useAnnounce } from "@/ui/announcer";
import { Notice } from "@/ui/notice";

import { isNarrowed, PAGE_SIZE, WHOLE, type HistoryQuery, type Look } from "./query";
import type { Row } from "./row";

// Its dialog comes late: the list must not wait for it.
const ClearList = dynamic(() => import("@/history/tools/clear-list").then((module) => module.ClearList), {
  ssr: false,
});

type Props = {
  rows: Rows;
  query: HistoryQuery;
  look: Look;
  /** Reads every row that matches search and filter. */
  readAll: (onProgress: (done: number, total: number) => void) => Promise<readonly Row[]>;
  /** How many jobs this browser remembers, where the list is the browser's. */
  remembered?: number;
};

/** The history with its tools: search, filter, order, export, pages. */
export function HistoryView({ rows, query, look, readAll, remembered }: Props) {
  const t = useTranslations("history");
  const deletions = useDeletions();
  useLastPage(rows, query, look);
  useAnnouncedTotal(rows, query);
  const nothing = rows.state === "ready" && rows.total === 0 && !isNarrowed(query) && (remembered ?? 0) === 0;
  // As high as the placeholder before it, so that the footer keeps its place.
  if (nothing)
    return (
      <div className="min-h-176">
        <Empty narrowed={false} onShowAll={() => look(WHOLE)} />
      </div>
    );
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <Search search={query.search} onSearch={(search) => look({ search }, { replace: true })} />
        <SortChoice sort={query.sort} onSort={(sort) => look({ sort })} />
        <ExportButton read={readAll} />
        {remembered !== undefined && <ClearList count={remembered} />}
      </div>
      <div className="mb-4">
        <Chips filter={query.filter} tally={rows.tally} onFilter={(filter) => look({ filter })} />
      </div>
      {deletions.failed !== null && (
        <div className="mb-4">
          <Notice tone="danger">{t("undo.failed", { name: deletions.failed })}</Notice>
        </div>
      )}
      <Body rows={rows} query={query} look={look} deletions={deletions} />
    </>
  );
}

type BodyProps = { rows: Rows; query: HistoryQuery; look: Look; deletions: RowDeletions };

function Body({ rows, query, look, deletions }: BodyProps) {
  const t = useTranslations("history");
  const heading = useRef<HTMLHeadingElement>(null);
  const toHeading = useCallback(() => heading.current?.focus(), []);
  const shown = rows.rows.filter(({ id }) => deletions.marks.get(id) !== "gone");
  const onPage = (page: number) => {
    look({ page });
    toHeading();
  };
  if (rows.state === "loading") return <Skeleton />;
  if (rows.state === "failed") return <Trouble error={rows.error} onRetry={rows.retry} />;
  return (
    <>
      <h2 ref={heading} tabIndex={-1} className="sr-only">
        {t("list")}
      </h2>
      {rows.total === 0 ? (
        <Empty narrowed onShowAll={() => look({ search: "", filter: "all" })} />
      ) : (
        <HistoryList rows={shown} deletions={deletions} onFocusLost={toHeading} />
      )}
      <Pager page={query.page} total={rows.total} onPage={onPage} />
    </>
  );
}

/** Go back to the last page when the current one is beyond it, as after its rows were deleted. */
function useLastPage({ state, total, rows }: Rows, { page }: HistoryQuery, look: Look): void {
  const last = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const beyond = state === "ready" && page > last && rows.length === 0;
  useEffect(() => {
    if (beyond) look({ page: last }, { replace: true });
  }, [beyond, last, look]);
}

/** Announce how many rows there are when the search or the filter changes. */
function useAnnouncedTotal({ state, total, stale }: Rows, { search, filter }: HistoryQuery): void {
  const t = useTranslations("history");
  const announce = useAnnounce();
  const before = useRef(`${filter} ${search}`);
  useEffect(() => {
    const now = `${filter} ${search}`;
    if (state !== "ready" || stale || now === before.current) return;
    before.current = now;
    announce(t("found", { count: total }));
  }, [state, total, stale, filter, search, announce, t]);
}
