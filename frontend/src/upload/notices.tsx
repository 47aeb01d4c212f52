"use client";

import { useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useNow, useTranslations } from "use-intl";

import { ApiError } from "@/api/errors";
import { keys, useLimits, useMe } from "@/api/queries";
import { useFailureText } from "@/failures/use-failure-words";
import { span } from "@/i18n/format";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import type { Hold } from "@/upload/queue/queue";
import { uploader } from "@/upload/queue/uploader";

import type { Beginning, Missed } from "./beginnings";

/** What would prevent an analysis, before any file is added: no server, another version, no model, nobody signed in. */
export function ServerNotice({ held }: { held: boolean }) {
  const t = useTranslations();
  const limits = useLimits();
  const me = useMe();
  const retry = <Button onClick={() => void limits.refetch()}>{t("common.actions.retry")}</Button>;
  if (
    limits.error instanceof ApiError &&
    limits.error.status >= 400 &&
    limits.error.status < 500 &&
    limits.error.code === "MISMATCH"
  ) {
    const reload = <Button onClick={() => location.reload()}>{t("common.actions.reload")}</Button>;
    return <Notice tone="danger" title={t("common.mismatch")} actions={reload} />;
  }
  if (limits.isError) return <Notice tone="danger" title={t("analyse.server.away")} actions={retry} />;
  if (held) return null;
  if (limits.data?.model === null) return <Notice title={t("common.paused")} actions={retry} />;
  if (limits.data?.accounts.required === true && me.data === null) {
    const signIn = (
      <Link href="/login/?next=/" className={buttonClass()}>
        {t("common.actions.signIn")}
      </Link>
    );
    return <Notice title={t("analyse.server.signIn")} actions={signIn} />;
  }
  return null;
}

/** What is being made a batch; an archive, which takes long to send, can be stopped. */
export function BeginningLine({ beginning: { archive, stop } }: { beginning: Beginning }) {
  const t = useTranslations();
  if (archive === null) return <p role="status">{t("analyse.zone.beginning")}</p>;
  const cancel = t("common.actions.cancel");
  return (
    <p className="flex flex-wrap items-center justify-between gap-2">
      <span role="status">{t("analyse.zone.archive", archive)}</span>
      <Button aria-label={`${cancel}: ${archive.name}`} onClick={stop}>
        {cancel}
      </Button>
    </p>
  );
}

/** Why no batch was made of what was dropped. */
export function MissedNotice({ missed }: { missed: Missed }) {
  const t = useTranslations();
  const words = useFailureText();
  if ("failure" in missed) return <Notice tone="danger">{words(missed.failure)}</Notice>;
  const batches = (
    <Link href="/batch/" className={buttonClass()}>
      {t("batch.all")}
    </Link>
  );
  return <Notice actions={batches}>{t("analyse.zone.archiveStopped", { name: missed.stopped })}</Notice>;
}

/** Why the files in the queue wait, until when, and what to do about it. */
export function HoldNotice({ hold }: { hold: Hold }) {
  const t = useTranslations();
  const text = useHoldText(hold);
  const client = useQueryClient();
  const retry = async () => {
    await client.invalidateQueries({ queryKey: keys.limits });
    uploader.release();
  };
  return (
    <Notice
      actions={
        (hold.why === "signIn" && (
          <Link href="/login/?next=/" className={buttonClass("primary")}>
            {t("common.actions.signIn")}
          </Link>
        )) ||
        (hold.why === "quota" && (
          <Link href="/history/" className={buttonClass()}>
            {t("common.nav.history")}
          </Link>
        )) ||
        (hold.why === "model" && <Button onClick={() => void retry()}>{t("common.actions.retry")}</Button>) ||
        undefined
      }
    >
      <span role={hold.why === "rate" ? undefined : "alert"}>{text}</span>
    </Notice>
  );
}

function useHoldText(hold: Hold): string {
  const t = useTranslations();
  const now = useNow({ updateInterval: hold.why === "rate" ? 1_000 : 15_000 }).getTime();
  const rest = hold.until === null ? null : span(Math.max(1_000, hold.until - now));
  switch (hold.why) {
    case "quota":
      if (rest === null) return t("analyse.hold.quotaUnknown");
      return hold.limit === null
        ? t("analyse.hold.quotaNoLimit", { rest })
        : t("analyse.hold.quota", { limit: hold.limit, rest });
    case "rate":
      return t("analyse.hold.rate", { rest: rest ?? "" });
    case "model":
      return t("common.paused");
    case "signIn":
      return t("analyse.hold.signIn");
    case "offline":
      return t("analyse.hold.offline");
  }
}
