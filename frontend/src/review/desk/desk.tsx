"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import { isAway } from "@/api/errors";
import type { Task, Workspace } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { Waiting } from "@/ui/waiting";

import { Reading } from "./reading";
import { useDesk } from "./use-desk";

type Props = {
  workspace: Workspace;
  /** For leads: take only what is in the queue for this. */
  reason?: Task["reason"] | null;
};

/** The file that the reader has to read, one at a time; what to do where there is none. */
export function Desk({ workspace, reason = null }: Props) {
  const t = useTranslations("review");
  const common = useTranslations("common");
  const failed = useFailureText();
  const desk = useDesk(reason);
  const { data, error } = desk.next;
  const task = data?.task ?? null;
  if (task !== null)
    return (
      <Reading
        key={`${task.id} ${task.lease}`}
        task={task}
        waiting={data?.waiting ?? 0}
        first={desk.turn.number === 0}
        instead={desk.turn.wanted !== null && desk.turn.wanted !== task.id}
        onNext={desk.goOn}
        onSkip={() => desk.skip(task.id)}
        onAgain={() => desk.again(task.id)}
      />
    );
  if (error !== null)
    return (
      <>
        <PageHeading className="mb-4">{t("title")}</PageHeading>
        <Notice
          tone="danger"
          actions={
            isAway(error) && (
              <Button onClick={() => void desk.next.refetch()}>{common("actions.retry")}</Button>
            )
          }
        >
          {failed(failureOf(error))}
        </Notice>
      </>
    );
  if (data === undefined)
    return (
      <>
        <PageHeading className="mb-4">{t("title")}</PageHeading>
        <Waiting tall />
      </>
    );
  const skipped = data.waiting > 0 && desk.turn.without.length > 0;
  return (
    <>
      <PageHeading focus={desk.turn.number > 0} className="mb-4">
        {t("title")}
      </PageHeading>
      <Notice
        title={t(skipped ? "empty.skippedTitle" : "empty.title")}
        actions={
          <>
            <Button onClick={desk.all}>{t(skipped ? "empty.all" : "empty.look")}</Button>
            <Link href="/library/" className={buttonClass()}>
              {t("empty.library")}
            </Link>
            {!workspace.asks_for_reviews && workspace.may.includes("manage") && (
              <Link href="/people/" className={buttonClass()}>
                {t("empty.settings")}
              </Link>
            )}
          </>
        }
      >
        {desk.turn.wanted !== null && <p className="mb-2">{t("lost.taken")}</p>}
        {skipped
          ? t("empty.skippedText", { count: data.waiting })
          : t(workspace.asks_for_reviews ? "empty.text" : "empty.off")}
      </Notice>
    </>
  );
}
