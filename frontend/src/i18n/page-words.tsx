"use client";

import { useEffect, useMemo, useState, type ReactNode } from "react";
import { IntlProvider, useLocale, useMessages } from "use-intl";

import { useLanguageCode } from "./language-code";
import type { Locale, PageMessages } from "./messages";

type Words<Name extends keyof PageMessages> = PageMessages[Name];
type Props<Name extends keyof PageMessages> = {
  /** The namespace of the page's own texts. */
  of: Name;
  english: Words<Name>;
  /** Loads the texts of another language. */
  load: (locale: Exclude<Locale, "en">) => Promise<Words<Name>>;
  /** Shown until the texts of the reader's language are there. */
  waiting: ReactNode;
  children: ReactNode;
};

/** Adds a page's own texts to those of all pages: they come with the page, so that no other page loads them. */
export function PageWords<Name extends keyof PageMessages>(props: Props<Name>) {
  const { of, english, load, waiting, children } = props;
  const shared = useMessages();
  const region = useLocale();
  const locale = useLanguageCode();
  const [loaded, setLoaded] = useState<{ locale: Locale; words: Words<Name> }>({
    locale: "en",
    words: english,
  });
  useEffect(() => {
    if (locale === "en") return;
    let left = false;
    void load(locale).then((words) => {
      if (!left) setLoaded({ locale, words });
    });
    return () => {
      left = true;
    };
  }, [locale, load]);
  const words = locale === "en" ? english : loaded.locale === locale ? loaded.words : null;
  const messages = useMemo(() => (words === null ? null : { ...shared, [of]: words }), [shared, of, words]);
  if (messages === null) return waiting;
  return (
    <IntlProvider locale={region} messages={messages}>
      {children}
    </IntlProvider>
  );
}
