"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys, useMe } from "@/api/queries";
import type { ReviewGiven, TaskTold } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { Problem } from "@/failures/problem";
import { useFailureText } from "@/failures/use-failure-words";
import { Correctable } from "@/review/correct/correctable";
import { AnswerForm } from "@/review/form/form";
import { givenOf, missing, type Missing } from "@/review/form/draft";
import { dropDraft, useDraft } from "@/review/form/kept";
import { useAnnounce } from "@/ui/announcer";
import { Button, buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";

/** A task that readers have done with: what they said, and where they differ the lead's decision. */
export function TaskPage({ id }: { id: string }) {
  const t = useTranslations("review");
  const common = useTranslations("common");
  const failed = useFailureText();
  const me = useMe().data?.id;
  const client = useQueryClient();
  const queryKey = [...keys.reviews, "task", id];
  const { data, error } = useQuery<TaskTold, ApiError>({
    queryKey,
    queryFn: () => unwrap(api.GET("/api/review/tasks/{task_id}", { params: { path: { task_id: id } } })),
  });
  const back = (
    <Link href="/review/?view=tasks" className={buttonClass()}>
      {t("tasks.back")}
    </Link>
  );
  if (data === undefined)
    return (
      <>
        <PageHeading className="mb-4">{t("title")}</PageHeading>
        {error === null ? (
          <p role="status" className="min-h-176 text-muted">
            {common("loading")}
          </p>
        ) : (
          <Notice tone="danger" actions={back}>
            {error.status === 404 || error.status === 422 ? t("tasks.unknown") : failed(failureOf(error))}
          </Notice>
        )}
      </>
    );
  return (
    <div className="flex flex-col gap-4 sm:gap-6">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <PageHeading className="min-w-0 [overflow-wrap:anywhere]">{data.task.name}</PageHeading>
        <div className="flex flex-wrap gap-2">
          {back}
          <Link href={`/media/?id=${encodeURIComponent(data.task.media_id)}`} className={buttonClass()}>
            {t("tasks.openFile")}
          </Link>
        </div>
      </div>
      <Correctable told={data} me={me} onTold={(told) => client.setQueryData(queryKey, told)} />
      {data.task.state === "disputed" && <Decision told={data} queryKey={queryKey} />}
    </div>
  );
}

function Decision({ told, queryKey }: { told: TaskTold; queryKey: readonly string[] }) {
  const t = useTranslations("review");
  const announce = useAnnounce();
  const client = useQueryClient();
  const { id } = told.task;
  const [draft, change] = useDraft(id);
  const [lacks, setLacks] = useState<readonly Missing[]>([]);
  const decide = useMutation<TaskTold, ApiError, ReviewGiven>({
    mutationFn: (body) =>
      unwrap(api.POST("/api/review/tasks/{task_id}/adjudicate", { params: { path: { task_id: id } }, body })),
    onSuccess: async (decided) => {
      dropDraft(id);
      announce(t("decided"));
      client.setQueryData(queryKey, decided);
      await client.invalidateQueries({ queryKey: [...keys.reviews, "tasks"] });
      await client.invalidateQueries({ queryKey: keys.media });
    },
  });
  const persons = Object.keys(told.machine?.persons ?? {}).sort();
  const still = missing(draft).filter((what) => lacks.includes(what));
  return (
    <Card title={t("decide.title")} className="max-w-3xl">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const left = missing(draft);
          setLacks(left);
          if (left.length === 0 && !decide.isPending) decide.mutate(givenOf(draft));
        }}
      >
        <p className="mb-4 text-sm text-muted">{t("decide.text")}</p>
        <AnswerForm
          draft={draft}
          onChange={change}
          persons={persons}
          missing={still}
          onGo={null}
          keyed={false}
        />
        {decide.error !== null && (
          <div className="mt-4">
            <Problem error={decide.error} />
          </div>
        )}
        <Button type="submit" look="primary" aria-disabled={decide.isPending} className="mt-4">
          {t("decide.confirm")}
        </Button>
      </form>
    </Card>
  );
}
