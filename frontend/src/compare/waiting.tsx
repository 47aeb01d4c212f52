"use client";

import { useTranslations } from "use-intl";

/** Holds the page's place. */
export function Waiting() {
  const t = useTranslations("common");
  return (
    <div role="status" className="min-h-dvh">
      <span className="sr-only">{t("loading")}</span>
    </div>
  );
}
