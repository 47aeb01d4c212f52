"use client";

import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useLocale, useTranslations } from "use-intl";

import { canTryAgain, isOfFile, type Failure } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { bytes } from "@/i18n/format";
import { ProgressBar } from "@/jobs/progress";
import { Button } from "@/ui/button";
import { isThrough, type Row } from "@/upload/queue/queue";
import { uploader } from "@/upload/queue/uploader";

import type { Way } from "./followed";
import { JobRow } from "./job-row";
import { RemoveButton, RowBody, RowFrame } from "./row-parts";

const CANCELLED = {
  none: "analyse.row.cancelled",
  shared: "analyse.row.cancelledShared",
  unknown: "analyse.row.cancelledUnknown",
} as const;

type Props = { row: Row; held: boolean; way: Way; onRemoved: () => void };

/** One file, from being checked to its result. */
export function FileRow(props: Props) {
  return (
    <RowFrame row={props.row}>
      <Said {...props} />
    </RowFrame>
  );
}

function Said({ row, held, way, onRemoved }: Props) {
  const t = useTranslations();
  const { phase } = row;
  switch (phase.is) {
    case "checking":
    case "waiting":
      return (
        <RowBody actions={<CancelButton row={row} />}>
          <p className="text-muted">
            {t(
              phase.is === "checking"
                ? "common.stage.validating"
                : held
                  ? "analyse.row.held"
                  : "analyse.row.waiting",
            )}
          </p>
        </RowBody>
      );
    case "sending":
      return <SendingRow row={row} sent={phase.sent} />;
    case "refused":
      return <RefusedRow row={row} failure={phase.failure} onRemoved={onRemoved} />;
    case "withdrawing":
      return (
        <RowBody actions={<CancelButton row={row} text={t("analyse.row.letGo")} />}>
          <p className="text-muted">{t("analyse.row.withdrawing")}</p>
        </RowBody>
      );
    case "cancelled":
      return (
        <RowBody actions={<Ended row={row} again onRemoved={onRemoved} />}>
          <p className="text-muted">{t(CANCELLED[phase.rest])}</p>
        </RowBody>
      );
    case "sent":
      return <JobRow row={row} jobId={phase.jobId} reused={phase.reused} way={way} onRemoved={onRemoved} />;
  }
}

function SendingRow({ row, sent }: { row: Row; sent: number }) {
  const t = useTranslations("analyse.row");
  const locale = useLocale();
  const whole = row.size ?? 0;
  const percent = whole > 0 ? Math.floor((100 * sent) / whole) : 0;
  const text: ReactNode =
    row.size === null
      ? t("fetching")
      : isThrough(row)
        ? t("arriving")
        : t("sending", { percent, sent: bytes(sent, locale), size: bytes(whole, locale) });
  return (
    <RowBody actions={<CancelButton row={row} />}>
      <p className="mb-1.5 text-muted">{text}</p>
      <ProgressBar value={row.size === null ? null : percent} label={t("uploadOf", { name: row.name })} />
    </RowBody>
  );
}

function RefusedRow({ row, failure, onRemoved }: { row: Row; failure: Failure; onRemoved: () => void }) {
  const t = useTranslations("common.actions");
  const text = useFailureText()(failure);
  const another = () => document.getElementById("choose-files")?.click();
  return (
    <RowBody
      actions={
        <>
          {(isOfFile(failure) || failure.code === "FILE_UNREADABLE") && (
            <Button onClick={another}>{t("chooseAnother")}</Button>
          )}
          <Ended row={row} again={canTryAgain(failure)} onRemoved={onRemoved} />
        </>
      }
    >
      <p role="alert" className="flex gap-1.5 text-danger">
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        <span>{text}</span>
      </p>
    </RowBody>
  );
}

function Ended({ row, again, onRemoved }: { row: Row; again: boolean; onRemoved: () => void }) {
  const t = useTranslations("common.actions");
  return (
    <>
      {again && row.source !== null && (
        <Button aria-label={`${t("retry")}: ${row.name}`} onClick={() => uploader.again(row.key)}>
          {t("retry")}
        </Button>
      )}
      <RemoveButton row={row} onRemoved={onRemoved} />
    </>
  );
}

function CancelButton({ row, text }: { row: Row; text?: string }) {
  const t = useTranslations("common.actions");
  const shown = text ?? t("cancel");
  return (
    <Button aria-label={`${shown}: ${row.name}`} onClick={() => uploader.cancel(row.key)}>
      {shown}
    </Button>
  );
}
