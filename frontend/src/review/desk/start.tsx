"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import { isAway, type ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { MyReviews, Task, Workspace } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { useKeysPreference, useReviewKeys } from "@/review/form/keys";
import { Key } from "@/review/picture/controls";
import { REASONS } from "@/review/reasons";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { Waiting } from "@/ui/waiting";

import { Empty } from "./empty";

type Props = {
  workspace: Workspace;
  /** For leads who take only what is in the queue for this. */
  reason: Task["reason"] | null;
  waits: ReturnType<typeof useWaits>;
  onBegin: () => void;
};

/** What the reader has claimed already, and what waits; to ask claims nothing. */
export function useWaits(enabled: boolean) {
  return useQuery<MyReviews, ApiError>({
    queryKey: [...keys.reviews, "waits"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/review/mine", { params: { query: { limit: 1 } }, signal })),
    enabled,
    refetchOnMount: "always",
  });
}

/** How many files wait, before the reader takes one of them. */
export function Start({ workspace, reason, waits, onBegin }: Props) {
  const t = useTranslations("review");
  const common = useTranslations("common.actions");
  const failed = useFailureText();
  const [keyed] = useKeysPreference();
  const { data, error } = waits;
  const reasons: Partial<Record<Task["reason"], number>> = data?.waiting_by_reason ?? {};
  const count = (reason === null ? data?.waiting : reasons[reason]) ?? 0;
  useReviewKeys(keyed && count > 0, (command) => {
    if (command.do === "submit") onBegin();
  });
  if (data !== undefined && count === 0)
    return (
      <>
        <PageHeading className="mb-4">{t("title")}</PageHeading>
        <Empty workspace={workspace} onLook={() => void waits.refetch()} />
      </>
    );
  return (
    <>
      <PageHeading className="mb-4">{t("title")}</PageHeading>
      {data !== undefined ? (
        <Notice
          title={t("start.title", { count })}
          actions={
            <Button look="primary" onClick={onBegin}>
              {t("start.begin")} <Key>⏎</Key>
            </Button>
          }
        >
          {t("start.text")}
        </Notice>
      ) : error !== null ? (
        <Notice
          tone="danger"
          actions={isAway(error) && <Button onClick={() => void waits.refetch()}>{common("retry")}</Button>}
        >
          {failed(failureOf(error))}
        </Notice>
      ) : (
        <Waiting tall />
      )}
      {data !== undefined && reason === null && (data.waiting_by_reason ?? null) !== null && (
        <details className="mt-4">
          <summary className="inline-flex min-h-11 cursor-pointer items-center underline">
            {t("start.reasons")}
          </summary>
          <p className="mb-2 max-w-prose text-sm text-muted">{t("start.reasonsText")}</p>
          <ul className="text-sm">
            {REASONS.filter((one) => (reasons[one] ?? 0) > 0).map((one) => (
              <li key={one}>
                <Link
                  href={`/review/?reason=${one}`}
                  className="inline-flex min-h-11 items-center underline pointer-fine:min-h-6"
                >
                  {t("tasks.counted", { name: t(`reasonName.${one}`), count: reasons[one] ?? 0 })}
                </Link>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
