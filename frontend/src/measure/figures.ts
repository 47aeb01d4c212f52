import { useLocale } from "use-intl";

import { countedShare, decimal } from "@/i18n/format";

const NONE = "–";
const Z = 1.959964; // of 95 %

/** A share in percent, or a dash for one that is not defined. */
export function share(value: number | null): string {
  return value === null ? NONE : countedShare(value);
}

/** Wilson's 95 % interval (1927) of a share of which `count` of `all` were found; `all` is one at least. */
export function wilson(count: number, all: number): [number, number] {
  const [found, square] = [count / all, Z * Z];
  const middle = (found + square / (2 * all)) / (1 + square / all);
  const half = (Z / (1 + square / all)) * Math.sqrt((found * (1 - found)) / all + square / (4 * all * all));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** Figures as they are written in a language. */
export function figuresIn(locale: string) {
  return {
    /** A number with as many digits behind its point; a dash for one that is not defined. */
    number: (value: number | null, digits: number) =>
      value === null ? NONE : decimal(value, digits, locale),
    /** An AUC with two digits and its interval; a dash where a class is missing. */
    auc: (value: number | null, interval: readonly number[] | null) => {
      if (value === null) return NONE;
      const [low, high] = interval ?? [];
      const told = decimal(value, 2, locale);
      if (low === undefined || high === undefined) return told;
      return `${told} (${decimal(low, 2, locale)}–${decimal(high, 2, locale)})`;
    },
    /** A p with the digits that count; very small ones as a bound. */
    probability: (p: number) => (p < 0.001 ? `< ${decimal(0.001, 3, locale)}` : decimal(p, 3, locale)),
  };
}

/** Figures as the reader's language writes them. */
export function useFigures() {
  return figuresIn(useLocale());
}
