"use client";

import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useRef, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import { isPassing, type ApiError } from "@/api/errors";
import { useWorkspace } from "@/api/queries";
import type { BatchAnswer } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { Problem } from "@/failures/problem";
import { useFailureText } from "@/failures/use-failure-words";
import { ownerSecret } from "@/jobs/owner-secrets";
import { useAnnounce } from "@/ui/announcer";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";

import { BatchList } from "./batch-list";
import { Chips } from "./chips";
import { countsOf, filterOf } from "./filters";
import { ItemsTable } from "./items-table";
import { ProgressCard, SignInLink } from "./progress-card";
import { isOver, useBatch, useChange, useItems, useSending } from "./use-batch";

// What can be done with a batch comes after what has become of it; its room is kept.
const Actions = dynamic(() => import("./actions").then((module) => module.Actions), {
  ssr: false,
  loading: () => <div className="min-h-11" />,
});

/** A batch by its id, or the list of batches without one. */
export function BatchPage() {
  const id = useSearchParams().get("id") ?? "";
  const hydrated = useHydrated();
  if (!hydrated) return <Waiting />;
  return id === "" ? <All /> : <One key={id} id={id} />;
}

function All() {
  const t = useTranslations("batch");
  usePageTitle(`${t("title")} - DeepShield`);
  return (
    <>
      <PageHeading>{t("title")}</PageHeading>
      <p className="mt-1 mb-4 max-w-prose text-muted">{t("lead")}</p>
      <BatchList />
    </>
  );
}

function One({ id }: { id: string }) {
  const t = useTranslations();
  const words = useFailureText();
  const batch = useBatch(id);
  usePageTitle(`${batch.data?.name || t("batch.nameless")} - DeepShield`);
  if (batch.error !== null && (batch.data === undefined || !isPassing(batch.error))) {
    const retry = <Button onClick={() => void batch.refetch()}>{t("common.actions.retry")}</Button>;
    return (
      <>
        <PageHeading className="mb-4">{t("batch.nameless")}</PageHeading>
        <Notice tone="danger" actions={actionFor(batch.error, id, retry)}>
          {batch.error.status === 404 ? t("batch.gone") : words(failureOf(batch.error))}
        </Notice>
      </>
    );
  }
  return batch.data === undefined ? <Waiting /> : <Shown batch={batch.data} />;
}

function actionFor(error: ApiError, id: string, retry: ReactNode): ReactNode {
  if (error.code === "UNAUTHORIZED") return <SignInLink batch={id} />;
  return isPassing(error) ? retry : undefined;
}

/** What could not be tried again, because the server has lost its file. */
function LostFiles({ count, names }: { count: number; names: readonly string[] }) {
  const t = useTranslations("batch.lost");
  if (count === 0) return null;
  return (
    <Notice tone="danger" title={t("title", { count })}>
      <p>{t("text")}</p>
      <ul className="list-disc pl-5">
        {names.map((name, place) => (
          <li key={place} className="break-words">
            {name}
          </li>
        ))}
      </ul>
      {count > names.length && <p>{t("more", { count: count - names.length })}</p>}
    </Notice>
  );
}

function Shown({ batch }: { batch: BatchAnswer }) {
  const t = useTranslations();
  const router = useRouter();
  const id = batch.batch_id;
  const filter = filterOf(useSearchParams().get("show"));
  const sending = useSending(id);
  const items = useItems(batch, filter);
  const change = useChange(id);
  useAnnouncedEnd(batch);
  const workspace = useWorkspace();
  const mayChange = batch.needs_owner_secret
    ? ownerSecret(id) !== undefined
    : workspace === null || workspace.may.includes("analyse") || workspace.may.includes("delete");
  const act = (wanted: Parameters<typeof change.mutate>[0]) => {
    if (change.isPending) return;
    change.mutate(wanted, { onSuccess: () => wanted === "delete" && router.replace("/batch/") });
  };
  const rows = items.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <PageHeading className="min-w-0 break-words">{batch.name || t("batch.nameless")}</PageHeading>
        <Link href="/batch/" className={buttonClass()}>
          {t("batch.all")}
        </Link>
      </div>
      <ProgressCard batch={batch} sending={sending} onClose={() => act("close")} />
      <Actions batch={batch} mayChange={mayChange} busy={change.isPending} onChange={act} />
      <Problem error={change.error} />
      <LostFiles count={change.data?.lost ?? 0} names={change.data?.lost_names ?? []} />
      <Chips
        filter={filter}
        counts={countsOf(batch)}
        onFilter={(chosen) =>
          router.replace(`/batch/?${new URLSearchParams(chosen === "all" ? { id } : { id, show: chosen })}`, {
            scroll: false,
          })
        }
      />
      {items.error !== null && rows.length === 0 ? (
        <Problem error={items.error} />
      ) : items.isPending ? (
        <p className="text-muted">{t("batch.reading")}</p>
      ) : (
        <ItemsTable
          items={rows}
          more={items.hasNextPage}
          loading={items.isFetchingNextPage}
          onMore={() => void items.fetchNextPage()}
        />
      )}
    </div>
  );
}

/** Announce the end of a batch to those who do not see its bar. */
function useAnnouncedEnd(batch: BatchAnswer): void {
  const t = useTranslations("batch");
  const announce = useAnnounce();
  const over = isOver(batch);
  const before = useRef(over);
  useEffect(() => {
    if (over && !before.current) announce(t("over", { total: batch.items }));
    before.current = over;
  }, [over, announce, t, batch.items]);
}

/** Placeholder until the batch has been read. */
export function Waiting() {
  const t = useTranslations("batch");
  return <p className="min-h-176 text-muted">{t("reading")}</p>;
}
