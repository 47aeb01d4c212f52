"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import { Button, buttonClass } from "@/ui/button";

/** Shown in place of an empty list: why it is empty, and what to do next. */
export function Empty({ narrowed, onShowAll }: { narrowed: boolean; onShowAll: () => void }) {
  const t = useTranslations("library.empty");
  return (
    <div className="flex flex-col items-center gap-1 rounded-card border border-line bg-surface px-4 py-12 text-center">
      <p className="text-lg font-semibold">{t(narrowed ? "noMatch" : "title")}</p>
      <p className="mb-4 max-w-prose text-muted">{t(narrowed ? "noMatchText" : "text")}</p>
      {narrowed ? (
        <Button onClick={onShowAll}>{t("showAll")}</Button>
      ) : (
        <Link href="/" className={buttonClass("primary")}>
          {t("action")}
        </Link>
      )}
    </div>
  );
}
