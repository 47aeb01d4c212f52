"use client";

import { Copy } from "lucide-react";
import Link from "next/link";
import type { MouseEvent, ReactNode } from "react";
import { useTranslations } from "use-intl";

import type { ApiError } from "@/api/errors";
import { useLimits, useMe } from "@/api/queries";
import type { ResultAnswer } from "@/api/schema";
import { canTryAgain, failureOf, isOfFile, type Failure } from "@/failures/failure";
import { isForTheOperator, useFailureText, useFailureWords } from "@/failures/use-failure-words";
import { useRetryJob } from "@/jobs/actions";
import { NamedFiles } from "./named-files";
import { Requests } from "./source/source-card";
import { useMayChange } from "@/jobs/may-change";
import { useCopy } from "@/ui/use-copy";
import { usePageTitle } from "@/ui/use-page-title";
import { Button, buttonClass } from "@/ui/button";
import { PageHeading } from "@/ui/page-heading";

type ScreenProps = {
  title: string;
  text: string;
  answer?: ResultAnswer;
  focus: boolean;
  children?: ReactNode;
};

/** What went wrong with a job, in the words of its code, and what can be done about it. */
export function ProblemScreen({ failure, answer, error, focus = true }: ProblemProps) {
  const t = useTranslations("result.problem");
  const { summary, text } = useFailureWords()(failure);
  // The server's sentence about the file is more exact than ours; it is English in every language.
  const said = isOfFile(failure) ? answer?.error?.message : undefined;
  return (
    <NoResult title={summary} text={text} answer={answer} focus={focus}>
      {said !== undefined && <p className="mt-2 text-sm text-muted">{t("said", { message: said })}</p>}
      {failure.code === "URL_IS_A_PAGE" && answer !== undefined && <NamedFiles answer={answer} />}
      {answer?.source && <Requests source={answer.source} />}
      {isForTheOperator(failure) && <CopyReference answer={answer} error={error} />}
      <div className="mt-6 flex flex-wrap gap-2">
        <Actions failure={failure} answer={answer} />
      </div>
    </NoResult>
  );
}

type ProblemProps = { failure: Failure; answer?: ResultAnswer; error?: ApiError; focus?: boolean };

/** Where there is no result any more: deleted here and now, or its link no longer opens it. */
export function EndScreen({ end, answer, focus = true }: EndProps) {
  const t = useTranslations("result.problem");
  const start = useTranslations("common.actions");
  return (
    <NoResult title={t(`${end}.title`)} text={t(`${end}.text`)} answer={answer} focus={focus}>
      <div className="mt-6 flex flex-wrap gap-2">
        {end === "deleted" && <ToStart text={start("chooseAnother")} />}
      </div>
    </NoResult>
  );
}

type EndProps = { end: "deleted" | "sharedGone"; answer?: ResultAnswer; focus?: boolean };

function NoResult({ title, text, answer, focus, children }: ScreenProps) {
  const name = answer?.metadata.original_filename;
  usePageTitle(`${name === undefined ? title : `${title}: ${name}`} - DeepShield`);
  return (
    <div className="mx-auto max-w-2xl rounded-card border border-line bg-surface p-4 sm:p-8">
      {name !== undefined && <p className="mb-2 text-sm text-muted [overflow-wrap:anywhere]">{name}</p>}
      <PageHeading focus={focus}>{title}</PageHeading>
      <p className="mt-2">{text}</p>
      {children}
    </div>
  );
}

function Actions({ failure, answer }: { failure: Failure; answer?: ResultAnswer }) {
  const t = useTranslations("common.actions");
  switch (failure.code) {
    case "MISMATCH":
      return <Reload text={t("reload")} />;
    case "OFFLINE":
      return null; // the page goes on by itself when the connection is back
    case "UNAUTHORIZED":
      return <SignIn />;
    case "NOT_FOUND":
      return <ElsewhereOrSignIn />;
    case "CANCELLED":
    case "EXPIRED":
    case "UPLOAD_LOST":
      return <ToStart text={t("analyseAgain")} />;
    default:
      if (!canTryAgain(failure)) return <ToStart text={t("chooseAnother")} />;
      return answer?.state === "FAILED" ? <RetryOfSender answer={answer} /> : <Reload text={t("retry")} />;
  }
}

function Reload({ text }: { text: string }) {
  return (
    <Button look="primary" onClick={() => location.reload()}>
      {text}
    </Button>
  );
}

function ToStart({ text }: { text: string }) {
  return (
    <Link href="/" className={buttonClass("primary")}>
      {text}
    </Link>
  );
}

function SignIn() {
  const t = useTranslations("common.actions");
  // The address is read on the click: pages are exported without knowing their query.
  const leave = (event: MouseEvent<HTMLAnchorElement>) => {
    const next = new URLSearchParams({ next: `${location.pathname}${location.search}` });
    event.currentTarget.href = `/login/?${next}`;
  };
  return (
    <a href="/login/" onClick={leave} className={buttonClass("primary")}>
      {t("signIn")}
    </a>
  );
}

/** Signing in can help where there are accounts and nobody is signed in yet. */
function ElsewhereOrSignIn() {
  const t = useTranslations("result.problem");
  const me = useMe();
  const accounts = useLimits().data?.accounts;
  if (accounts?.required === true && me.data === null) return <SignIn />;
  const offered = accounts?.registration_open === true && me.data === null;
  return (
    <>
      <ToStart text={t("analyse")} />
      <Link href="/history/" className={buttonClass()}>
        {t("history")}
      </Link>
      {offered && <SignIn />}
    </>
  );
}

/** Where another browser sent the file, only that one starts its analysis again. */
function RetryOfSender({ answer }: { answer: ResultAnswer }) {
  const t = useTranslations("common.actions");
  return useMayChange(answer) ? <RetryButton id={answer.job_id} /> : <ToStart text={t("chooseAnother")} />;
}

/** [Retry] of a failed job; says why when it cannot be started again. */
export function RetryButton({ id }: { id: string }) {
  const t = useTranslations();
  const retry = useRetryJob();
  const text = useFailureText();
  return (
    <div className="flex flex-col items-start gap-2">
      <Button look="primary" disabled={retry.isPending} onClick={() => retry.mutate(id)}>
        {t("common.actions.retry")}
      </Button>
      {retry.isError && (
        <p role="alert" className="text-danger">
          {t("result.problem.retryFailed")} {text(failureOf(retry.error))}
        </p>
      )}
    </div>
  );
}

/** The reference for the server's operator: the job's id or the request's, short to read and whole to copy. */
export function CopyReference({ answer, error }: { answer?: ResultAnswer; error?: ApiError }) {
  const t = useTranslations();
  const reference = error?.requestId ?? answer?.job_id ?? null;
  const code = error?.code ?? answer?.error?.error_code ?? "";
  const { copied, refused, copy } = useCopy(`${reference} ${code}`.trim());
  if (reference === null) return null;
  // Where nothing is copied, the whole of it is there to be selected.
  const shown = refused ? reference : reference.slice(0, 8);
  return (
    <p className="mt-3 flex flex-wrap items-center gap-2">
      <span title={reference}>{t("common.failure.reference", { id: shown })}</span>
      <Button look="quiet" onClick={copy} aria-label={t("result.problem.copyReference")}>
        <Copy aria-hidden className="size-4" />
        <span aria-live="polite">{t(copied ? "common.actions.copied" : "common.actions.copy")}</span>
      </Button>
    </p>
  );
}
