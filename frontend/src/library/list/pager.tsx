"use client";

import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslations } from "use-intl";

import type { MediaPage } from "@/api/schema";
import { PAGE_SIZE } from "@/library/query";
import { Button } from "@/ui/button";

type Props = {
  page: MediaPage;
  trail: readonly string[];
  busy: boolean;
  onNext: () => void;
  onBack: () => void;
};

/** How many files there are, and the ways to the next page and back. */
export function Pager({ page: { media, total, more, cursor }, trail, busy, onNext, onBack }: Props) {
  const t = useTranslations("library.paging");
  const from = trail.length * PAGE_SIZE + 1;
  const range = { from, to: from + media.length - 1, total };
  return (
    <nav aria-label={t("label")} className="mt-4 flex flex-wrap items-center justify-between gap-2">
      <Button
        aria-disabled={trail.length === 0 || busy}
        onClick={() => trail.length > 0 && !busy && onBack()}
      >
        <ChevronLeft aria-hidden className="size-4" />
        {t("back")}
      </Button>
      <span className="text-sm text-muted">{more ? t("rangeMore", range) : t("range", range)}</span>
      <Button aria-disabled={cursor === null || busy} onClick={() => cursor !== null && !busy && onNext()}>
        {t("next")}
        <ChevronRight aria-hidden className="size-4" />
      </Button>
    </nav>
  );
}
