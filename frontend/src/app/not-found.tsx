"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import { buttonClass } from "@/ui/button";
import { PageHeading } from "@/ui/page-heading";
import { usePageTitle } from "@/ui/use-page-title";

export default function NotFound() {
  const t = useTranslations("common.notFound");
  usePageTitle(`${t("title")} - DeepShield`);
  return (
    <>
      <PageHeading>{t("title")}</PageHeading>
      <p className="mt-2 mb-6 text-muted">{t("text")}</p>
      <Link href="/" className={buttonClass("primary")}>
        {t("home")}
      </Link>
    </>
  );
}
