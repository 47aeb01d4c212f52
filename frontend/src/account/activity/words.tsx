"use client";

import english from "@messages/en/activity.json";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import { PageWords } from "@/i18n/page-words";

const german = () => import("@messages/de/activity.json").then((module) => module.default);

/** Gives all below it the texts of the activity page. */
export function ActivityWords({ children }: { children: ReactNode }) {
  const t = useTranslations("common");
  return (
    <PageWords of="activity" english={english} load={german} waiting={<p role="status">{t("loading")}</p>}>
      {children}
    </PageWords>
  );
}
