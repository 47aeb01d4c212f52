"use client";

import Link from "next/link";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslations } from "use-intl";

import { isAway, type ApiError } from "@/api/errors";
import { useMay, useWorkspace } from "@/api/queries";
import type { MediaPage } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { BulkBar } from "@/library/bulk/bulk-bar";
import { Empty } from "@/library/list/empty";
import { ExportMenu } from "@/library/list/export-menu";
import { useListKeys } from "@/library/list/keys";
import { Pager } from "@/library/list/pager";
import { SortChoice } from "@/library/list/sort-choice";
import { Table } from "@/library/list/table";
import { useList } from "@/library/list/use-list";
import { Help } from "@/library/search/help";
import { Problem } from "@/library/search/problem";
import { Search } from "@/library/search/search";
import { Views } from "@/library/search/views";
import { ViewingChoice } from "@/library/viewing/choice";
import { useAnnounce } from "@/ui/announcer";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { usePageTitle } from "@/ui/use-page-title";
import { Waiting } from "@/ui/waiting";

import { MembersOnly } from "./members-only";
import { useLibraryQuery, WHOLE, writeQuery, type LibraryQuery, type Look } from "./query";
import { choose, choosePage, NOTHING, type Selection } from "./selection";
import { LibraryWords } from "./words";

/** The library, for who is signed in, with its own texts. */
export function Library() {
  const { query } = useLibraryQuery();
  return (
    <LibraryWords>
      <MembersOnly path={`/library/${writeQuery(query)}`}>
        <Whole />
      </MembersOnly>
    </LibraryWords>
  );
}

function Whole() {
  const workspace = useWorkspace();
  // What was chosen in one workspace is not in another.
  return <Listed key={workspace?.id ?? ""} />;
}

function Listed() {
  const t = useTranslations("library");
  const rechecks = useTranslations("recheck");
  const { query, look } = useLibraryQuery();
  const list = useList(query, true);
  const [selection, setSelection] = useChosen(query);
  const mayPolicies = useMay("policies");
  const [help, setHelp] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const problem = useId();
  usePageTitle(`${t("title")} - DeepShield`);
  useAnnouncedTotal(list.data, query, list.isPlaceholderData);
  const rows = (list.data?.media ?? []).map(({ id }) => id);
  const onChoose = (id: string, range: boolean) => setSelection(choose(selection, rows, id, { range }));
  useListKeys({ onChoose, onSearch: () => field.current?.focus(), onHelp: () => setHelp(true) });
  const refused = list.error?.code === "QUERY_INVALID" ? list.error : null;
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <PageHeading>{t("title")}</PageHeading>
        <div className="flex flex-wrap items-center gap-2">
          <Link href="/datasets/" className={buttonClass()}>
            {t("datasets")}
          </Link>
          {mayPolicies && (
            <Link href="/policies/" className={buttonClass()}>
              {t("policies")}
            </Link>
          )}
          <Link href="/rechecks/" className={buttonClass()}>
            {rechecks("title")}
          </Link>
          <ViewingChoice />
        </div>
      </div>
      <p className="mt-1 mb-4 max-w-prose text-muted">{t("lead")}</p>
      <Views query={query} look={look} />
      <div className="mt-3 flex flex-wrap items-start gap-2">
        <Search
          q={query.q}
          onSearch={(q) => look({ q })}
          onHelp={() => setHelp(true)}
          field={field}
          problem={refused === null ? undefined : problem}
        />
        <SortChoice sort={query.sort} onSort={(sort) => look({ sort })} />
        <ExportMenu q={query.q} disabled={refused !== null} />
      </div>
      {refused !== null && <Problem id={problem} q={query.q} error={refused} />}
      <div className="mt-4">
        <Body
          list={list}
          query={query}
          look={look}
          selection={selection}
          onSelect={setSelection}
          onChoose={onChoose}
        />
      </div>
      <Help
        open={help}
        onOpenChange={setHelp}
        onTry={(q) => {
          setHelp(false);
          look({ q });
        }}
      />
    </>
  );
}

type BodyProps = {
  list: ReturnType<typeof useList>;
  query: LibraryQuery;
  look: Look;
  selection: Selection;
  onSelect: (selection: Selection) => void;
  onChoose: (id: string, range: boolean) => void;
};

function Body({ list, query, look, selection, onSelect, onChoose }: BodyProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const now = useMinute();
  const rows = (list.data?.media ?? []).map(({ id }) => id);
  const mayAct = useMay("comment");
  const words = useTranslations("library");
  if (list.error !== null) {
    if (list.error.code === "QUERY_INVALID") return null;
    return <Trouble error={list.error} onRetry={() => void list.refetch()} />;
  }
  if (list.data === undefined) return <Waiting tall />;
  const page = list.data;
  if (page.media.length === 0)
    return <Empty narrowed={query.q !== "" || query.trail.length > 0} onShowAll={() => look(WHOLE)} />;
  const go = (trail: readonly string[]) => {
    look({ trail });
    heading.current?.focus();
  };
  return (
    <>
      <h2 ref={heading} tabIndex={-1} className="sr-only">
        {words("table")}
      </h2>
      {mayAct && (
        <BulkBar
          query={query}
          page={page}
          selection={selection}
          onAll={() => onSelect({ ...NOTHING, all: true })}
          onNone={() => onSelect(NOTHING)}
        />
      )}
      <div aria-busy={list.isPlaceholderData} className={list.isPlaceholderData ? "opacity-60" : ""}>
        <Table
          media={page.media}
          selection={selection}
          now={now}
          onChoose={onChoose}
          onChoosePage={() => onSelect(choosePage(selection, rows))}
        />
      </div>
      <Pager
        page={page}
        trail={query.trail}
        busy={list.isPlaceholderData}
        onNext={() => page.cursor !== null && go([...query.trail, page.cursor])}
        onBack={() => go(query.trail.slice(0, -1))}
      />
    </>
  );
}

/** What is chosen, which ends with another query: it was chosen among what that one showed. */
function useChosen({ q, sort }: LibraryQuery): [Selection, (next: Selection) => void] {
  const of = `${sort} ${q}`;
  const [kept, setKept] = useState({ of, selection: NOTHING });
  return [kept.of === of ? kept.selection : NOTHING, (selection) => setKept({ of, selection })];
}

/** Announce how many files there are when the query changes. */
function useAnnouncedTotal(page: MediaPage | undefined, { q }: LibraryQuery, stale: boolean): void {
  const t = useTranslations("library");
  const announce = useAnnounce();
  const before = useRef(q);
  useEffect(() => {
    if (page === undefined || stale || q === before.current) return;
    before.current = q;
    announce(page.more ? t("foundMore", { count: page.total }) : t("found", { count: page.total }));
  }, [page, stale, q, announce, t]);
}

function Trouble({ error, onRetry }: { error: ApiError; onRetry: () => void }) {
  const t = useTranslations("common.actions");
  const words = useFailureText();
  return (
    <Notice
      tone="danger"
      actions={isAway(error) ? <Button onClick={onRetry}>{t("retry")}</Button> : undefined}
    >
      {words(failureOf(error))}
    </Notice>
  );
}

/** The time, each minute anew. */
function useMinute(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
