"use client";

import dynamic from "next/dynamic";
import { useTranslations } from "use-intl";

// With the texts that only this page has.
const Review = dynamic(() => import("./review").then((module) => module.Review), {
  ssr: false,
  loading: () => <Waiting />,
});

/** Where reviewers read files one at a time, and leads see what is read. */
export function ReviewPage() {
  return <Review />;
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
