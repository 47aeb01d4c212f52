"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import type { Workspace } from "@/api/schema";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";

type Props = {
  workspace: Workspace;
  /** How many files wait that the reader has skipped. */
  skipped?: number;
  /** Whether the file that the reader wanted was taken by somebody else. */
  taken?: boolean;
  onLook: () => void;
};

/** That there is nothing to read, and what can be done. */
export function Empty({ workspace, skipped = 0, taken = false, onLook }: Props) {
  const t = useTranslations("review");
  return (
    <Notice
      title={t(skipped > 0 ? "empty.skippedTitle" : "empty.title")}
      actions={
        <>
          <Button onClick={onLook}>{t(skipped > 0 ? "empty.all" : "empty.look")}</Button>
          <Link href="/library/" className={buttonClass()}>
            {t("empty.library")}
          </Link>
          {!workspace.asks_for_reviews && workspace.may.includes("manage") && (
            <Link href="/people/" className={buttonClass()}>
              {t("empty.settings")}
            </Link>
          )}
        </>
      }
    >
      {taken && <p className="mb-2">{t("lost.taken")}</p>}
      {skipped > 0
        ? t("empty.skippedText", { count: skipped })
        : t(workspace.asks_for_reviews ? "empty.text" : "empty.off")}
    </Notice>
  );
}
