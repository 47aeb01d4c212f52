"use client";

import Link from "next/link";
import type { MouseEvent } from "react";
import { useTranslations } from "use-intl";

import type { ApiError } from "@/api/errors";
import { useLimits, useMe } from "@/api/queries";
import type { ResultAnswer } from "@/api/schema";
import { clock } from "@/i18n/format";
import { usePageTitle } from "@/jobs/use-page-title";
import { Button, buttonClass } from "@/ui/button";
import { PageHeading } from "@/ui/page-heading";

import { CopyReference } from "./copy-reference";
import { RetryButton } from "./retry-button";
import type { Problem } from "./screen";

type Shown = Problem | "deleted" | "sharedGone";
type Props = { problem: Shown; answer?: ResultAnswer; error?: ApiError; focus?: boolean };

/** What went wrong with a job, in the reader's terms, and what can be done about it. */
export function ProblemScreen({ problem, answer, error, focus = true }: Props) {
  const t = useTranslations("result.problem");
  const title = t(`${problem}.title`);
  const text = useText(problem, answer);
  const name = answer?.metadata.original_filename;
  const said = serverWords(problem, answer);
  usePageTitle(`${name ?? title} - DeepShield`);
  return (
    <div className="mx-auto max-w-2xl rounded-card border border-line bg-surface p-4 sm:p-8">
      {name !== undefined && <p className="mb-2 text-sm text-muted [overflow-wrap:anywhere]">{name}</p>}
      <PageHeading focus={focus}>{title}</PageHeading>
      <p className="mt-2">{text}</p>
      {said !== null && <p className="mt-2 text-sm text-muted">{t("said", { message: said })}</p>}
      {problem === "ours" && <CopyReference answer={answer} error={error} />}
      <div className="mt-6 flex flex-wrap gap-2">
        <Actions problem={problem} answer={answer} />
      </div>
    </div>
  );
}

function useText(problem: Shown, answer?: ResultAnswer): string {
  const t = useTranslations("result.problem");
  const limits = useLimits();
  const seconds = answer?.error?.details?.duration_seconds;
  if (problem === "tooLong" && typeof seconds === "number" && limits.data) {
    const limit = clock(1000 * limits.data.video.max_duration_seconds, false);
    return t("tooLong.measured", { length: clock(1000 * seconds, false), limit });
  }
  return t(`${problem}.text`);
}

/** The server's sentence about the file, which is more exact than ours; it is English in every language. */
function serverWords(problem: Shown, answer?: ResultAnswer): string | null {
  const telling = ["wrongType", "tooLong", "tooLarge", "damaged"].includes(problem);
  return telling ? (answer?.error?.message ?? null) : null;
}

function Actions({ problem, answer }: { problem: Shown; answer?: ResultAnswer }) {
  const t = useTranslations("common.actions");
  switch (problem) {
    case "ours":
    case "paused":
      return answer?.state === "FAILED" ? <RetryButton id={answer.job_id} /> : <Reload text={t("retry")} />;
    case "busy":
      return <Reload text={t("retry")} />;
    case "mismatch":
      return <Reload text={t("reload")} />;
    case "offline":
    case "sharedGone":
      return null;
    case "signedOut":
      return <SignIn />;
    case "notYours":
      return <ElsewhereOrSignIn />;
    case "cancelled":
    case "expired":
      return <ToStart text={t("analyseAgain")} />;
    default:
      return <ToStart text={t("chooseAnother")} />;
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

/** Signing in helps only where there are accounts and nobody is signed in yet. */
function ElsewhereOrSignIn() {
  const t = useTranslations("result.problem");
  const me = useMe();
  const required = useLimits().data?.accounts.required ?? false;
  if (required && me.data === null) return <SignIn />;
  return (
    <>
      <ToStart text={t("analyse")} />
      <Link href="/history/" className={buttonClass()}>
        {t("history")}
      </Link>
    </>
  );
}
