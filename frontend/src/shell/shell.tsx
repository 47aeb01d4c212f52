"use client";

import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import { useLeftElsewhere } from "@/ui/left-elsewhere";

import { Footer } from "./footer";
import { Header } from "./header";
import { OfflineBanner } from "./offline-banner";

/** The frame of every page. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useTranslations("common");
  useLeftElsewhere();
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-3"
      >
        {t("skip")}
      </a>
      <Header />
      <OfflineBanner />
      <main
        id="main"
        tabIndex={-1}
        className="mx-auto w-full max-w-7xl flex-1 px-4 py-6 focus:outline-none sm:px-6 sm:py-8"
      >
        {children}
      </main>
      <Footer />
    </div>
  );
}
