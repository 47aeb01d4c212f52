"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import { isAway } from "@/api/errors";
import type { Task, Workspace } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { Waiting } from "@/ui/waiting";

import { Empty } from "./empty";
import { Reading } from "./reading";
import { Start, useWaits } from "./start";
import { useDesk } from "./use-desk";

type Props = {
  workspace: Workspace;
  /** For leads: take only what is in the queue for this. */
  reason?: Task["reason"] | null;
};

/** What waits for the reader, and the files one at a time once they begin; at once the one that they have already. */
export function Desk({ workspace, reason = null }: Props) {
  const [begun, setBegun] = useState<"not" | "held" | "pressed">("not");
  const waits = useWaits(begun === "not");
  if (begun === "not" && (waits.data?.claimed ?? null) !== null) setBegun("held");
  if (begun === "not")
    return <Start workspace={workspace} reason={reason} waits={waits} onBegin={() => setBegun("pressed")} />;
  return <Files workspace={workspace} reason={reason} moved={begun === "pressed"} />;
}

type FilesProps = Required<Props> & {
  /** Whether the reader has come here from the start, so that the focus has to follow. */
  moved: boolean;
};

/** The file that the reader has to read, one at a time; what to do where there is none. */
function Files({ workspace, reason, moved }: FilesProps) {
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
        first={desk.turn.number === 0 && !moved}
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
  return (
    <>
      <PageHeading focus={desk.turn.number > 0 || moved} className="mb-4">
        {t("title")}
      </PageHeading>
      <Empty
        workspace={workspace}
        skipped={desk.turn.without.length > 0 ? data.waiting : 0}
        taken={desk.turn.wanted !== null}
        onLook={desk.all}
      />
    </>
  );
}
