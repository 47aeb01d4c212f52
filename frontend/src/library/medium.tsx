"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import { isAway, type ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { Medium, ResultAnswer } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { useMayChangeSent } from "@/jobs/may-change";
import { Analyses } from "@/library/medium/analyses";
import { Comments } from "@/library/medium/comments";
import { Facts } from "@/library/medium/facts";
import { Holding } from "@/library/medium/holding";
import { History } from "@/library/medium/label-history";
import { Consent } from "@/library/medium/consent";
import { Picture } from "@/library/medium/picture";
import { Tags } from "@/library/medium/tags";
import { useMedium } from "@/library/medium/use-medium";
import { ViewingChoice } from "@/library/viewing/choice";
import { CheckAgain, NearCard, SourceCard } from "@/result/panels";
import { AskForReview } from "@/review/ask-button";
import { MyReadings } from "@/review/my-readings";
import { Button, buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { usePageTitle } from "@/ui/use-page-title";

import { Waiting } from "@/ui/waiting";
import { MembersOnly } from "./members-only";
import { LibraryWords } from "./words";

/** A file of the library, for members of its workspace. */
export function MediumScreen() {
  const id = useSearchParams().get("id") ?? "";
  return (
    <LibraryWords>
      <MembersOnly path={`/media/?${new URLSearchParams({ id })}`}>
        <One key={id} id={id} />
      </MembersOnly>
    </LibraryWords>
  );
}

function One({ id }: { id: string }) {
  const t = useTranslations();
  const words = useFailureText();
  const { data, error, refetch } = useMedium(id);
  usePageTitle(`${data?.name ?? t("library.medium.title")} - DeepShield`);
  if (data !== undefined) return <Shown medium={data} />;
  if (error === null && id !== "") return <Waiting tall />;
  const unknown = error === null || error.status === 404 || error.status === 422;
  return (
    <>
      <PageHeading className="mb-4">{t("library.medium.title")}</PageHeading>
      <Notice
        tone="danger"
        actions={
          error !== null && isAway(error) ? (
            <Button onClick={() => void refetch()}>{t("common.actions.retry")}</Button>
          ) : (
            <Link href="/library/" className={buttonClass()}>
              {t("library.medium.back")}
            </Link>
          )
        }
      >
        {unknown ? t("library.medium.gone") : words(failureOf(error))}
      </Notice>
    </>
  );
}

function Shown({ medium }: { medium: Medium }) {
  const t = useTranslations("library");
  const [now] = useState(() => new Date());
  const mayDelete = useMayChangeSent(medium.sent_by);
  const job = medium.job_id;
  const answer = useNewest(job).data;
  return (
    <div className="flex flex-col gap-4 sm:gap-6">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <PageHeading className="min-w-0 [overflow-wrap:anywhere]">{medium.name}</PageHeading>
        <div className="flex flex-wrap gap-2 print:hidden">
          <Link href="/library/" className={buttonClass()}>
            {t("medium.back")}
          </Link>
          {job !== null && (
            <>
              <Link href={`/result/?id=${encodeURIComponent(job)}`} className={buttonClass()}>
                {t("medium.result")}
              </Link>
              <Link href={`/compare/?a=${encodeURIComponent(job)}`} className={buttonClass()}>
                {t("medium.compare")}
              </Link>
            </>
          )}
          {job !== null && medium.deleted_at === null && <AskForReview mediaId={medium.id} />}
          {medium.deleted_at === null && <CheckAgain mediaId={medium.id} />}
          <ViewingChoice />
        </div>
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:gap-6 lg:grid-cols-12">
        <div className="flex min-w-0 flex-col gap-4 sm:gap-6 lg:col-span-7">
          <Card>
            <Picture medium={medium} answer={answer} />
          </Card>
          <Analyses id={medium.id} withheld={medium.withheld} />
          <Comments medium={medium} />
        </div>
        <div className="flex min-w-0 flex-col gap-4 sm:gap-6 lg:col-span-5">
          <Facts medium={medium} now={now} />
          <Tags key={medium.revision} medium={medium} />
          <MyReadings mediaId={medium.id} />
          <Consent key={`consent ${medium.revision}`} medium={medium} />
          <History medium={medium} />
          {job !== null && <NearCard id={job} />}
          <Holding medium={medium} mayDelete={mayDelete} />
        </div>
      </div>
      {answer !== undefined && <SourceCard answer={answer} />}
    </div>
  );
}

/** The newest analysis as a whole, for its custody and its preview. */
function useNewest(job: string | null) {
  return useQuery<ResultAnswer, ApiError>({
    queryKey: keys.result(job ?? ""),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/results/{job_id}", { params: { path: { job_id: job ?? "" } }, signal })),
    enabled: job !== null,
  });
}
