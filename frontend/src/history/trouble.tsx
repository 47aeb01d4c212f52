"use client";

import { useTranslations } from "use-intl";

import { ApiError } from "@/api/errors";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

/** Says why the list could not be read. */
export function Trouble({ error, onRetry }: { error: Error | null; onRetry: () => void }) {
  const t = useTranslations();
  const offline = error instanceof ApiError && error.status === 0;
  const id = error instanceof ApiError ? error.requestId : null;
  return (
    <Notice tone="danger" actions={<Button onClick={onRetry}>{t("common.actions.retry")}</Button>}>
      {t(offline ? "history.trouble.offline" : "history.trouble.ours")}
      {id !== null && ` ${t("history.trouble.reference", { id: id.slice(0, 8) })}`}
    </Notice>
  );
}
