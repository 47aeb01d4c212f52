"use client";

import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { IntlProvider } from "use-intl";

import { LOCALES, english, loadMessages, type Locale, type Messages, type SharedMessages } from "./messages";

const STORED = "deepshield.language";

type Choice = { locale: Locale; choose: (locale: Locale) => void };
const ChoiceContext = createContext<Choice>({ locale: "en", choose: () => undefined });

/** The language in use and how to change it. */
export function useLanguage(): Choice {
  return useContext(ChoiceContext);
}

/** The reader's language: chosen before, else the browser's, else English. */
function preferred(): Locale {
  const wanted = [localStorage.getItem(STORED), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return (
    LOCALES.find((locale) => locale === wanted.find((tag) => LOCALES.some((known) => known === tag))) ?? "en"
  );
}

/** How dates are written in a language: in English as where the browser says that its reader is; "en" is the United States. */
export function regionOf(locale: Locale, tags: readonly string[]): string {
  const tag = locale === "en" ? tags.find((one) => /^en-[A-Z]{2}$/.test(one)) : undefined;
  return tag === undefined || tag === "en-US" ? locale : tag;
}

/** Gives all below it their texts. The export is English; another language replaces it after loading. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<{ locale: Locale; region: string; messages: SharedMessages }>({
    locale: "en",
    region: "en",
    messages: english,
  });

  const load = useCallback(async (locale: Locale) => {
    const messages = await loadMessages(locale);
    document.documentElement.lang = locale;
    setLanguage({ locale, region: regionOf(locale, navigator.languages), messages });
  }, []);

  useEffect(() => {
    const locale = preferred();
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the export cannot know the reader's language
    if (regionOf(locale, navigator.languages) !== "en") void load(locale);
  }, [load]);

  const choice = useMemo<Choice>(
    () => ({
      locale: language.locale,
      choose: (locale) => {
        localStorage.setItem(STORED, locale);
        void load(locale);
      },
    }),
    [language.locale, load],
  );

  return (
    <ChoiceContext.Provider value={choice}>
      <IntlProvider
        locale={language.region as Locale} // the types know languages alone
        // What a page has of its own is added by it: `PageWords`.
        messages={language.messages as Messages}
        timeZone={Intl.DateTimeFormat().resolvedOptions().timeZone}
      >
        {children}
      </IntlProvider>
    </ChoiceContext.Provider>
  );
}
