"use client";

import english from "@messages/en/datasets.json";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import { PageWords } from "@/i18n/page-words";

const german = () => import("@messages/de/datasets.json").then((module) => module.default);

/** Gives all below it the texts of data sets. */
export function DatasetWords({ children }: { children: ReactNode }) {
  return (
    <PageWords of="datasets" english={english} load={german} waiting={<Waiting />}>
      {children}
    </PageWords>
  );
}

/** The place of the page while it is read. */
export function Waiting() {
  const t = useTranslations("common");
  return (
    <p role="status" className="text-muted">
      {t("loading")}
    </p>
  );
}
