"use client";

import { RotateCcw, Trash2, X, type LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes } from "react";
import { useTranslations } from "use-intl";

import { ApiError } from "@/api/errors";
import { useMay, useMe } from "@/api/queries";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { isActive, isDeletable, isRetryable, type Row } from "@/history/row";
import { span } from "@/i18n/format";
import { useCancelJob, useRetryJob } from "@/jobs/actions";
import { useMayChangeSent } from "@/jobs/may-change";
import { forget } from "@/jobs/remembered";

type Props = { row: Row; onDelete: () => void; onRefused: (error: ApiError | null) => void };

/** What can be done with a row: retry what failed, cancel what is under way, delete what has ended. */
export function RowActions({ row, onDelete, onRefused }: Props) {
  const t = useTranslations("history.actions");
  const retry = useRetryJob();
  const cancel = useCancelJob();
  const report = { onError: onRefused, onSuccess: () => onRefused(null) };
  const mayChange = useMayChangeSent(row.sentBy);
  const mayAnalyse = useMay("analyse");
  const { name, id } = row;
  return (
    <div className="flex justify-end">
      {isRetryable(row) && mayAnalyse && (
        <IconButton
          icon={RotateCcw}
          label={t("retry", { name })}
          aria-disabled={retry.isPending}
          onClick={() => retry.isPending || retry.mutate(id, report)}
        />
      )}
      {isActive(row) && mayChange && (
        <IconButton
          icon={X}
          label={t("cancel", { name })}
          aria-disabled={cancel.isPending}
          onClick={() => cancel.isPending || cancel.mutate(id, report)}
        />
      )}
      {isDeletable(row) && mayChange && (
        <IconButton icon={Trash2} label={t("delete", { name })} onClick={onDelete} />
      )}
      {row.state === "GONE" && (
        <IconButton icon={X} label={t("remove", { name })} onClick={() => forget(id)} />
      )}
    </div>
  );
}

/** Why an action was refused, under its row; read out at once. */
export function Refused({ error }: { error: ApiError }) {
  const t = useTranslations("history.refused");
  const resets = useMe().data?.usage.resets_at;
  const text = useFailureText();
  return (
    <p role="alert" className="text-sm text-danger">
      {error.code === "QUOTA_EXCEEDED"
        ? t("quota", { wait: span(quotaWait(error, resets)) })
        : text(failureOf(error))}
    </p>
  );
}

function quotaWait(error: ApiError, resets: string | undefined): number {
  if (error.retryAfter !== null) return 1000 * error.retryAfter;
  return resets === undefined ? 0 : Date.parse(resets) - Date.now();
}

type IconButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "aria-label"> & {
  icon: LucideIcon;
  label: string;
};

/** A button that shows an icon only; its label names the action and the file. */
export function IconButton({ icon: Icon, label, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className="relative z-10 inline-flex size-11 items-center justify-center rounded-control text-muted hover:bg-sunken hover:text-text aria-disabled:opacity-60 pointer-fine:size-9"
      {...rest}
    >
      <Icon aria-hidden className="size-5" />
    </button>
  );
}
