"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import { ApiError } from "@/api/errors";
import { useLimits, useMe } from "@/api/queries";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";

/** What stands in the way before any file has come: no server, another server, no model, nobody signed in. */
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
