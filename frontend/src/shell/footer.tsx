"use client";

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import { LOCALES, type Locale } from "@/i18n/messages";
import { useLanguage } from "@/i18n/provider";

import { chooseTheme, THEMES, useTheme, type Theme } from "./theme";

/** Where files stay, the version that runs, and the language. */
export function Footer() {
  const t = useTranslations("common");
  const { locale, choose } = useLanguage();
  const { theme } = useTheme();
  const health = useQuery({
    queryKey: ["health"],
    queryFn: () => unwrap(api.GET("/api/health")),
    staleTime: Infinity,
  });
  return (
    <footer className="print:hidden border-t border-line text-sm text-muted">
      <div className="mx-auto flex w-full max-w-7xl flex-wrap items-center gap-x-6 gap-y-2 px-4 py-4 sm:px-6">
        <p className="mr-auto">{t("footer.selfHosted")}</p>
        <a
          href="/api/docs"
          className="inline-flex min-h-11 min-w-11 items-center justify-center text-muted hover:text-text"
        >
          {t("footer.docs")}
        </a>
        {/* Its place is kept while the version is asked for, so that nothing moves when it comes. */}
        <span className={health.data === undefined ? "invisible" : undefined}>
          {t("footer.version", { version: health.data?.version ?? "0.0.0" })}
        </span>
        <Choice label={t("theme.label")} value={theme} onChoose={(value) => chooseTheme(value as Theme)}>
          {THEMES.map((known) => (
            <option key={known} value={known}>
              {t(`theme.${known}`)}
            </option>
          ))}
        </Choice>
        <Choice label={t("language.label")} value={locale} onChoose={(value) => choose(value as Locale)}>
          {LOCALES.map((known) => (
            <option key={known} value={known} lang={known}>
              {t(`language.${known}`)}
            </option>
          ))}
        </Choice>
      </div>
    </footer>
  );
}

type ChoiceProps = { label: string; value: string; onChoose: (value: string) => void; children: ReactNode };

function Choice({ label, value, onChoose, children }: ChoiceProps) {
  return (
    <label className="flex items-center gap-2">
      {label}
      <select
        value={value}
        onChange={(event) => onChoose(event.target.value)}
        className="min-h-11 rounded-control border border-control bg-surface px-2 text-text pointer-fine:min-h-8"
      >
        {children}
      </select>
    </label>
  );
}
