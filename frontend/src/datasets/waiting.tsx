"use client";

import { useTranslations } from "use-intl";

/** The place of the page while it is read. */
export function Waiting() {
  const t = useTranslations("common");
  return (
    <p role="status" className="text-muted">
      {t("loading")}
    </p>
  );
}
