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

/** Gives all below it their texts. The export is English; another language replaces it after loading. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<{ locale: Locale; messages: SharedMessages }>({
    locale: "en",
    messages: english,
  });

  const load = useCallback(async (locale: Locale) => {
    const messages = await loadMessages(locale);
    document.documentElement.lang = locale;
    setLanguage({ locale, messages });
  }, []);

  useEffect(() => {
    const locale = preferred();
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the export cannot know the reader's language
    if (locale !== "en") void load(locale);
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
        locale={language.locale}
        // What a page has of its own is added by it: `PageWords`.
        messages={language.messages as Messages}
        timeZone={Intl.DateTimeFormat().resolvedOptions().timeZone}
      >
        {children}
      </IntlProvider>
    </ChoiceContext.Provider>
  );
}
