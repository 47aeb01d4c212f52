"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ActivityEntry, Workspace } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { Button, buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";

import { actionOf, saidOf } from "./action";
import { toRequest, type ActivityQuery } from "./query";

/** The entries, the newest first, more of them when asked for, and all as a table to take away. */
export function Entries({ workspace, query }: { workspace: Workspace; query: ActivityQuery }) {
  const t = useTranslations("activity");
  const wanted = toRequest(query);
  const pages = useInfiniteQuery({
    queryKey: ["activity", workspace.id, wanted],
    queryFn: ({ pageParam }) => {
      const cursor = pageParam === null ? {} : { cursor: pageParam };
      return unwrap(api.GET("/api/activity", { params: { query: { ...wanted, ...cursor } } }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.cursor,
    staleTime: 0,
  });
  const entries = pages.data?.pages.flatMap((page) => page.entries);
  const address = `/api/activity.csv?${new URLSearchParams({ ...wanted, workspace: workspace.id })}`;
  return (
    <Card
      title={t("entries")}
      aside={
        <a className={buttonClass()} href={address} download>
          {t("csv")}
        </a>
      }
    >
      <Problem error={pages.error} />
      {pages.isPending && <p role="status">{t("reading")}</p>}
      {entries?.length === 0 && <p className="text-muted">{t("none")}</p>}
      {entries !== undefined && entries.length > 0 && (
        <ol aria-label={t("entries")} className="flex flex-col divide-y divide-line">
          {entries.map((entry) => (
            <Entry key={entry.position} entry={entry} />
          ))}
        </ol>
      )}
      {pages.hasNextPage && (
        <p className="mt-4">
          <Button onClick={() => void pages.fetchNextPage()} disabled={pages.isFetchingNextPage}>
            {t("more")}
          </Button>
        </p>
      )}
    </Card>
  );
}

function Entry({ entry }: { entry: ActivityEntry }) {
  const t = useTranslations("activity");
  const format = useFormatter();
  const action = actionOf(entry.action);
  const by = entry.details?.["by"];
  const who =
    entry.actor !== null
      ? (entry.actor_email ?? t("closedAccount"))
      : t(by === "link" ? "link" : by === "visitor" ? "visitor" : "service");
  const said = saidOf(entry, t("erased"));
  return (
    <li className="py-2 text-sm [overflow-wrap:anywhere]">
      <p>
        <span className="font-medium">{action === null ? entry.action : t(`actions.${action}`)}</span>
        {said !== "" && <span className="text-muted"> ({said})</span>}
        {entry.action.startsWith("job.") && entry.action !== "job.deleted" && entry.subject !== null && (
          <>
            {" "}
            <Link
              className="inline-flex min-h-6 items-center"
              href={`/result/?id=${encodeURIComponent(entry.subject)}`}
              aria-label={t("openNamed", { id: entry.subject.slice(0, 8) })}
            >
              {t("open")}
            </Link>
          </>
        )}
      </p>
      <p className="text-muted">
        {format.dateTime(new Date(entry.at), { dateStyle: "medium", timeStyle: "medium" })}, {who}
        {entry.subject !== null && <>, {entry.subject}</>}
      </p>
    </li>
  );
}
