import { useTranslations } from "use-intl";

import { span } from "@/i18n/format";

import type { Wrong } from "./refusal";

/** Says what is wrong, in the language in use. */
export function useWording(): (wrong: Wrong | undefined) => string | undefined {
  const t = useTranslations("account.wrong");
  return (wrong) => {
    if (wrong === undefined) return undefined;
    switch (wrong.key) {
      case "shortPassword":
      case "longPassword":
        return t(wrong.key, { count: wrong.count });
      case "tooOften":
        return t(wrong.key, { wait: span(1000 * wrong.seconds) });
      case "invalid":
        return t(wrong.key, { problem: wrong.problem });
      case "oursWithReference":
        return t(wrong.key, { id: wrong.id });
      default:
        return t(wrong.key);
    }
  };
}
