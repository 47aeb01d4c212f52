import { useCallback } from "react";
import { useLocale } from "use-intl";

import { clock } from "./format";

/** How times in a clip are written in the reader's language; see `clock`. */
export function useTimeText(): (milliseconds: number, tenths?: boolean) => string {
  const locale = useLocale();
  return useCallback((milliseconds, tenths = true) => clock(milliseconds, tenths, locale), [locale]);
}
