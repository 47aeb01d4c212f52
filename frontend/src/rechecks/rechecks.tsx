"use client";

import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";

import { isAway } from "@/api/errors";
import { useMe, useWorkspace } from "@/api/queries";
import type { RecheckAnswer } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { Problem } from "@/failures/problem";
import { useFailureText } from "@/failures/use-failure-words";
import { span } from "@/i18n/format";
import { ProgressBar } from "@/jobs/progress";
import { useAnnounce } from "@/ui/announcer";
import { Button, buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";
import { FilterChips } from "@/ui/filter-chips";
import { MembersOnly } from "@/ui/members-only";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";

import { FilesTable } from "./files-table";
import { countsOf, filterOf, shownFilters, type Filter } from "./filters";
import { RecheckList, What, useNameOf } from "./recheck-list";
import { isOver, useItems, useMove, useRecheck } from "./use-rechecks";

// What can be done comes after what has become of it; its room is kept.
const Actions = dynamic(() => import("./actions").then((module) => module.Actions), {
  ssr: false,
  loading: () => <div className="min-h-11" />,
});
const Erasing = dynamic(() => import("./erasing").then((module) => module.Erasing), { ssr: false });
const RecheckButton = dynamic(() => import("./recheck-button").then((module) => module.RecheckButton), {
  ssr: false,
  loading: () => <div className="min-h-11" />,
});

/** A recheck by its id, or the list of rechecks without one. */
export function RechecksPage() {
  const id = useSearchParams().get("id") ?? "";
  const hydrated = useHydrated();
  const me = useMe();
  if (!hydrated || me.isPending) return <Waiting />;
  if (me.data === null) return <Members />;
  return id === "" ? <All /> : <One key={id} id={id} />;
}

function Members() {
  const t = useTranslations("recheck");
  usePageTitle(`${t("title")} - DeepShield`);
  return <MembersOnly title={t("title")} text={t("members")} signIn={t("signIn")} />;
}

function All() {
  const t = useTranslations("recheck");
  usePageTitle(`${t("title")} - DeepShield`);
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <PageHeading>{t("title")}</PageHeading>
        <RecheckButton />
      </div>
      <p className="mt-1 mb-4 max-w-prose text-muted">{t("lead")}</p>
      <RecheckList />
    </>
  );
}

function One({ id }: { id: string }) {
  const t = useTranslations();
  const words = useFailureText();
  const recheck = useRecheck(id);
  usePageTitle(`${recheck.data?.reason ?? t("recheck.nameless")} - DeepShield`);
  if (recheck.data !== undefined) return <Shown recheck={recheck.data} />;
  if (recheck.error === null) return <Waiting />;
  const retry = <Button onClick={() => void recheck.refetch()}>{t("common.actions.retry")}</Button>;
  return (
    <>
      <PageHeading className="mb-4">{t("recheck.nameless")}</PageHeading>
      <Notice tone="danger" actions={isAway(recheck.error) ? retry : undefined}>
        {recheck.error.status === 404 ? t("recheck.gone") : words(failureOf(recheck.error))}
      </Notice>
    </>
  );
}

function Shown({ recheck }: { recheck: RecheckAnswer }) {
  const t = useTranslations("recheck");
  const router = useRouter();
  const id = recheck.recheck_id;
  const filter = filterOf(useSearchParams().get("show"));
  const items = useItems(recheck, filter);
  const move = useMove(id);
  const name = useNameOf(recheck);
  const mayMove = useMayMove(recheck);
  useAnnouncedEnd(recheck);
  const rows = items.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <div className="min-w-0">
          <PageHeading className="break-words">{name}</PageHeading>
          <p className="text-sm text-muted">
            <What recheck={recheck} />
          </p>
        </div>
        <Link href="/rechecks/" className={buttonClass()}>
          {t("all")}
        </Link>
      </div>
      <ProgressCard recheck={recheck} />
      {mayMove && !isOver(recheck) && (
        <Actions recheck={recheck} busy={move.isPending} onMove={(wanted) => move.mutate(wanted)} />
      )}
      <Problem error={move.error} />
      <Chips
        filter={filter}
        counts={countsOf(recheck)}
        onFilter={(show) =>
          router.replace(`/rechecks/?${new URLSearchParams({ id, show })}`, { scroll: false })
        }
      />
      {items.error !== null && rows.length === 0 ? (
        <Problem error={items.error} />
      ) : items.isPending ? (
        <p className="text-muted">{t("reading")}</p>
      ) : (
        <FilesTable
          items={rows}
          more={items.hasNextPage}
          loading={items.isFetchingNextPage}
          onMore={() => void items.fetchNextPage()}
        />
      )}
      {mayMove && recheck.state !== "PREPARING" && <Erasing recheck={recheck} />}
    </div>
  );
}

function ProgressCard({ recheck }: { recheck: RecheckAnswer }) {
  const t = useTranslations("recheck");
  const { state, ended, items, percent, flipped, seconds_left } = recheck;
  const left = seconds_left !== null && seconds_left > 0 ? span(1000 * Math.max(1, seconds_left)) : null;
  return (
    <Card>
      <p className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <span className="text-lg font-semibold">{t(`state.${state}`)}</span>
        <span className="text-muted">
          {t("done", { done: ended, total: items })} · {t("flipped", { count: flipped })}
          {left !== null && !isOver(recheck) && ` · ${t("left", { time: left })}`}
        </span>
      </p>
      <div className="mt-3">
        <ProgressBar value={percent} label={t("progress")} />
      </div>
    </Card>
  );
}

type ChipsProps = { filter: Filter; counts: Record<Filter, number>; onFilter: (filter: Filter) => void };

function Chips({ filter, counts, onFilter }: ChipsProps) {
  const t = useTranslations("recheck.filter");
  const shown = shownFilters(counts, filter);
  return (
    <FilterChips
      label={t("label")}
      shown={shown}
      chosen={filter}
      usual="flips"
      words={(known) => t(known)}
      counts={counts}
      onFilter={onFilter}
    />
  );
}

/** Whether the reader may pause and stop a recheck: who has asked for it, and whoever may delete what others have. */
function useMayMove({ asked_by }: RecheckAnswer): boolean {
  const workspace = useWorkspace();
  const email = useMe().data?.email;
  if (workspace === null || workspace.may.includes("delete")) return true;
  return workspace.may.includes("analyse") && asked_by === email;
}

/** Announce the end of a recheck to those who do not see its bar. */
function useAnnouncedEnd(recheck: RecheckAnswer): void {
  const t = useTranslations("recheck");
  const announce = useAnnounce();
  const over = isOver(recheck);
  const before = useRef(over);
  useEffect(() => {
    if (over && !before.current) announce(t("over", { total: recheck.items, flipped: recheck.flipped }));
    before.current = over;
  }, [over, announce, t, recheck.items, recheck.flipped]);
}

/** Placeholder until the recheck has been read. */
export function Waiting() {
  const t = useTranslations("recheck");
  return <p className="min-h-176 text-muted">{t("reading")}</p>;
}
