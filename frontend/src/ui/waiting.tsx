"use client";

import { useTranslations } from "use-intl";

/** The place of a page's part that is loaded late, or of what is read; `tall` where a whole page comes. */
export function Waiting({ tall = false }: { tall?: boolean }) {
  const t = useTranslations("common");
  return (
    <p role="status" className={tall ? "min-h-176 text-muted" : "text-muted"}>
      {t("loading")}
    </p>
  );
}
