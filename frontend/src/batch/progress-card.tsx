"use client";

import { useTranslations } from "use-intl";

import type { BatchAnswer } from "@/api/schema";
import { useFailureText } from "@/failures/use-failure-words";
import { span } from "@/i18n/format";
import { ProgressBar } from "@/jobs/progress";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";

import type { Sending } from "./sender";
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
      {sending !== null && sending.stopped !== null && <Stopped sending={sending} />}
      {sending !== null && sending.leftOut > 0 && (
        <p className="mt-3 text-sm text-muted">{t("leftOut", { count: sending.leftOut })}</p>
      )}
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

function Stopped({ sending }: { sending: Sending }) {
  const words = useFailureText();
  const t = useTranslations("batch");
  if (sending.stopped === null) return null;
  return (
    <div className="mt-4">
      <Notice tone="danger" title={t("stopped")}>
        {words(sending.stopped)}
      </Notice>
    </div>
  );
}
