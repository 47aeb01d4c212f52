"use client";

import { useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "use-intl";

import { keys } from "@/api/queries";
import { span } from "@/i18n/format";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";

import type { Hold } from "./queue";
import { uploader } from "./uploader";
import { useNow } from "./use-now";

/** Why the files wait, until when, and what to do about it. */
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
  const now = useNow(hold.why === "rate" ? 1_000 : 15_000);
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
