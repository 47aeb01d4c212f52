"use client";

import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslations } from "use-intl";

import { PAGE_SIZE } from "@/history/query";
import { Button } from "@/ui/button";

type Props = { page: number; total: number; onPage: (page: number) => void };

/** Which rows of how many are shown, and the buttons to the other pages. */
export function Pager({ page, total, onPage }: Props) {
  const t = useTranslations("history.paging");
  if (total <= PAGE_SIZE) return null;
  const last = Math.ceil(total / PAGE_SIZE);
  const go = (to: number) => to >= 1 && to <= last && onPage(to);
  return (
    <nav aria-label={t("label")} className="mt-4 flex flex-wrap items-center justify-between gap-2">
      <Button aria-disabled={page <= 1} onClick={() => go(page - 1)}>
        <ChevronLeft aria-hidden className="size-4" />
        {t("previous")}
      </Button>
      <span className="text-sm text-muted">
        {t("range", { from: (page - 1) * PAGE_SIZE + 1, to: Math.min(total, page * PAGE_SIZE), total })}
      </span>
      <Button aria-disabled={page >= last} onClick={() => go(page + 1)}>
        {t("next")}
        <ChevronRight aria-hidden className="size-4" />
      </Button>
    </nav>
  );
}
