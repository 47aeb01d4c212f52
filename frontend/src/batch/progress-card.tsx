"use client";

import { useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { memo, useEffect, useState } from "react";
import { useTranslations } from "use-intl";

import { keys } from "@/api/queries";
import type { BatchAnswer } from "@/api/schema";
import type { Failure } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { span } from "@/i18n/format";
import { ProgressBar } from "@/jobs/progress";
import { Button, buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";

import type { LeftOut, LeftOuts, Sending } from "./sender";
import { isOver } from "./use-batch";

type Props = { batch: BatchAnswer; sending: Sending | null; onClose: () => void };

/** How far a batch is, and, while this page sends files to it, how many are still to be sent. */
export function ProgressCard({ batch, sending, onClose }: Props) {
  const t = useTranslations("batch");
  const { items, ended, percent, state, seconds_left } = batch;
  const left = seconds_left !== null && seconds_left > 0 ? span(1000 * Math.max(1, seconds_left)) : null;
  return (
    <Card>
      <p className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <span className="text-lg font-semibold">{t(`state.${state}`)}</span>
        <span className="text-muted">
          {t("done", { done: ended, total: items })}
          {left !== null && !isOver(batch) && ` · ${t("left", { time: left })}`}
        </span>
      </p>
      <div className="mt-3">
        <ProgressBar value={percent} label={t("progress")} />
      </div>
      {sending !== null && !sending.ended && sending.stopped === null && <Uploading sending={sending} />}
      {sending !== null && sending.stopped !== null && (
        <Stopped batch={batch.batch_id} why={sending.stopped} />
      )}
      {sending !== null && sending.leftOut.count > 0 && <LeftOutFiles {...sending.leftOut} />}
      {state === "OPEN" && (sending === null || sending.ended || sending.stopped !== null) && (
        <div className="mt-4">
          <Notice title={t("open.title")} actions={<Button onClick={onClose}>{t("open.close")}</Button>}>
            {t("open.text")}
          </Notice>
        </div>
      )}
    </Card>
  );
}

function Uploading({ sending: { total, done, waits } }: { sending: Sending }) {
  const t = useTranslations("batch");
  return (
    <div className="mt-4">
      <p className="text-sm">
        {t("sending", { done, total })} <span className="text-muted">{waits ? t("waits") : t("stay")}</span>
      </p>
      <div className="mt-1">
        <ProgressBar value={total === 0 ? 0 : Math.floor((100 * done) / total)} label={t("sendingBar")} />
      </div>
    </div>
  );
}

function Stopped({ batch, why }: { batch: string; why: Failure }) {
  const words = useFailureText();
  const t = useTranslations("batch");
  const client = useQueryClient();
  const signedOut = why.code === "UNAUTHORIZED";
  useEffect(() => {
    if (signedOut) void client.invalidateQueries({ queryKey: keys.me });
  }, [client, signedOut]);
  return (
    <div className="mt-4">
      <Notice
        tone="danger"
        title={t("stopped")}
        actions={signedOut ? <SignInLink batch={batch} /> : undefined}
      >
        {words(why)}
      </Notice>
    </div>
  );
}

/** Leads to the sign-in page, and from there back to a batch. */
export function SignInLink({ batch }: { batch: string }) {
  const t = useTranslations("common.actions");
  const next = `/batch/?${new URLSearchParams({ id: batch })}`;
  return (
    <Link href={`/login/?${new URLSearchParams({ next })}`} className={buttonClass("primary")}>
      {t("signIn")}
    </Link>
  );
}

/** The files that are not in the batch; the first of them, each with the reason, when that is asked for. */
function LeftOutFiles({ count, first }: LeftOuts) {
  const t = useTranslations("batch");
  const [open, setOpen] = useState(false);
  const rest = count - first.length;
  return (
    <details className="mt-3 text-sm" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer text-muted">{t("leftOut", { count })}</summary>
      {open && <Reasons files={first} />}
      {open && rest > 0 && <p className="mt-1 text-muted">{t("leftOutMore", { count: rest })}</p>}
    </details>
  );
}

const Reasons = memo(function Reasons({ files }: { files: readonly LeftOut[] }) {
  const t = useTranslations("batch");
  const words = useFailureText();
  return (
    <ul className="mt-2 flex max-h-64 flex-col gap-1 overflow-y-auto">
      {files.map(({ path, failure }, place) => (
        <li key={`${place} ${path}`} className="[overflow-wrap:anywhere]">
          {t("leftOutFile", { name: path, why: words(failure) })}
        </li>
      ))}
    </ul>
  );
});
