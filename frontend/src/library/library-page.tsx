"use client";

import dynamic from "next/dynamic";
import { useTranslations } from "use-intl";

// With the texts that only this page has.
const Library = dynamic(() => import("./library").then((module) => module.Library), {
  ssr: false,
  loading: () => <Waiting />,
});

/** The files of a workspace: found by a query, chosen, and acted upon. */
export function LibraryPage() {
  return <Library />;
}

/** Placeholder until the page's part that is loaded late is there. */
export function Waiting() {
  const t = useTranslations("common");
  return (
    <p role="status" className="min-h-176 text-muted">
      {t("loading")}
    </p>
  );
}
