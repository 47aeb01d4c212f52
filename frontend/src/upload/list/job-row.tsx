"use client";

import { CircleAlert } from "lucide-react";
import Link from "next/link";
import { useEffect } from "react";
import { useTranslations } from "use-intl";

import { useSwitchWorkspace } from "@/api/queries";
import type { ResultAnswer } from "@/api/schema";
import { chosenWorkspace } from "@/api/workspace";
import { canTryAgain, failureOf, failureOfJob, type Failure } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { jobIn } from "@/jobs/access";
import { useCancelJob, useRetryJob } from "@/jobs/actions";
import { ProgressBar } from "@/jobs/progress";
import { isFinal } from "@/jobs/stages";
import { useJob } from "@/jobs/use-job";
import { useStepWords } from "@/jobs/use-step-words";
import { Button, buttonClass } from "@/ui/button";
import { VerdictLine } from "@/ui/verdict-line";
import type { Row } from "@/upload/queue/queue";
import { uploader } from "@/upload/queue/uploader";

import type { Way } from "./followed";
import { RemoveButton, RowBody } from "./row-parts";

type Props = { row: Row; jobId: string; reused: boolean; way: Way; onRemoved: () => void };

/** A file that the server has: how far its analysis is, and what came of it. */
export function JobRow(props: Props) {
  const t = useTranslations("common.stage");
  if (props.way !== "none") return <FollowedRow {...props} stream={props.way === "stream"} />;
  return (
    <RowBody actions={<ResultLink row={props.row} jobId={props.jobId} />}>
      <p className="text-muted">{t("queued")}</p>
    </RowBody>
  );
}

function FollowedRow({ row, jobId, reused, stream, onRemoved }: Props & { stream: boolean }) {
  const own = jobIn(row.workspace, jobId);
  const { answer, error, live } = useJob(jobId, stream ? own : { ...own, events: null });
  const ended = live === "ended";
  useEffect(() => uploader.ended(row.key, ended), [row.key, ended]);
  if (error !== undefined) return <BrokenRow row={row} failure={failureOf(error)} onRemoved={onRemoved} />;
  if (answer === undefined || !isFinal(answer.state))
    return <RunningRow row={row} jobId={jobId} answer={answer} offline={live === "offline"} />;
  if (answer.state === "FAILED") return <FailedRow row={row} answer={answer} onRemoved={onRemoved} />;
  return <EndedRow row={row} answer={answer} reused={reused} onRemoved={onRemoved} />;
}

function RunningRow({
  row,
  jobId,
  answer,
  offline,
}: {
  row: Row;
  jobId: string;
  answer?: ResultAnswer;
  offline: boolean;
}) {
  const t = useTranslations();
  const cancel = useCancelJob(row.workspace);
  const percent = answer?.progress_percent ?? 0;
  const words = useStepWords();
  const step = answer === undefined ? t("common.stage.queued") : words.step(answer);
  const place = answer === undefined ? null : words.place(answer);
  return (
    <RowBody
      actions={
        <>
          <Button
            aria-label={`${t("common.actions.cancel")}: ${row.name}`}
            disabled={cancel.isPending}
            onClick={() => {
              if (!uploader.leave(row.key)) cancel.mutate(jobId);
            }}
          >
            {t("common.actions.cancel")}
          </Button>
          <ResultLink row={row} jobId={jobId} running />
        </>
      }
    >
      <p className="mb-1.5 flex justify-between gap-2 text-muted">
        <span>{offline ? t("analyse.row.offline") : [step, place].filter(Boolean).join(". ")}</span>
        <span>{t("analyse.progress.percent", { percent })}</span>
      </p>
      <ProgressBar value={percent} label={t("analyse.progress.label", { name: row.name })} />
    </RowBody>
  );
}

function EndedRow({
  row,
  answer,
  reused,
  onRemoved,
}: {
  row: Row;
  answer: ResultAnswer;
  reused: boolean;
  onRemoved: () => void;
}) {
  const t = useTranslations("analyse.row");
  const cancelled = answer.state === "CANCELLED";
  return (
    <RowBody
      actions={
        <>
          {cancelled && row.source !== null && <AgainButton row={row} />}
          {!cancelled && <ResultLink row={row} jobId={answer.job_id} />}
          <RemoveButton row={row} onRemoved={onRemoved} />
        </>
      }
    >
      {answer.result ? (
        <VerdictLine result={answer.result} />
      ) : (
        <p className="text-muted">{t("cancelled")}</p>
      )}
      {reused && <p className="text-muted">{t("reused")}</p>}
    </RowBody>
  );
}

/** The server may still have the file of what failed by no fault of the file's own. */
function FailedRow({ row, answer, onRemoved }: { row: Row; answer: ResultAnswer; onRemoved: () => void }) {
  const t = useTranslations("common.actions");
  const retry = useRetryJob(row.workspace);
  const failure = retry.error ? failureOf(retry.error) : failureOfJob(answer.error, answer.job_id);
  const text = useFailureText()(failure);
  return (
    <RowBody
      actions={
        <>
          {canTryAgain(failure) && (
            <Button
              aria-label={`${t("retry")}: ${row.name}`}
              disabled={retry.isPending}
              onClick={() => retry.mutate(answer.job_id)}
            >
              {t("retry")}
            </Button>
          )}
          <RemoveButton row={row} onRemoved={onRemoved} />
        </>
      }
    >
      <Wrong text={text} />
    </RowBody>
  );
}

function BrokenRow({ row, failure, onRemoved }: { row: Row; failure: Failure; onRemoved: () => void }) {
  const text = useFailureText()(failure);
  return (
    <RowBody actions={<RemoveButton row={row} onRemoved={onRemoved} />}>
      <Wrong text={text} />
    </RowBody>
  );
}

function Wrong({ text }: { text: string }) {
  return (
    <p role="alert" className="flex gap-1.5 text-danger">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>{text}</span>
    </p>
  );
}

function AgainButton({ row }: { row: Row }) {
  const t = useTranslations("common.actions");
  return (
    <Button aria-label={`${t("retry")}: ${row.name}`} onClick={() => uploader.again(row.key)}>
      {t("retry")}
    </Button>
  );
}

function ResultLink({ row, jobId, running = false }: { row: Row; jobId: string; running?: boolean }) {
  const t = useTranslations("analyse.row");
  const text = running ? t("follow") : t("result");
  const choose = useSwitchWorkspace();
  return (
    <Link
      href={`/result/?id=${jobId}`}
      onClick={() => {
        if (row.workspace !== chosenWorkspace()) void choose(row.workspace);
      }}
      aria-label={`${text}: ${row.name}`}
      className={buttonClass("secondary")}
    >
      {text}
    </Link>
  );
}
