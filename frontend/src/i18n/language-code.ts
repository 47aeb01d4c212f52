import { useLocale } from "use-intl";

import type { Locale } from "./messages";

/** The language of all texts; dates and numbers may be those of one of its regions (`regionOf`). */
export function useLanguageCode(): Locale {
  return useLocale().slice(0, 2) as Locale;
}
