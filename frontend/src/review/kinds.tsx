"use client";

import { useTranslations } from "use-intl";

import type { Kind } from "@/api/schema";

/** How a kind of manipulation is worded, within `ReviewWords`; one that this page does not know by its name. */
export function useKindText(): (kind: string) => string {
  const t = useTranslations("review.kind");
  return (kind) => (t.has(kind as Kind) ? t(kind as Kind) : kind);
}
