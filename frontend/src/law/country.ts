/** Where a language without a region is mostly spoken; of English that cannot be said. */
const HOMES: Readonly<Record<string, string>> = {
  da: "DK",
  de: "DE",
  es: "ES",
  fr: "FR",
  hi: "IN",
  it: "IT",
  ja: "JP",
  ko: "KR",
  pt: "BR",
  zh: "CN",
};

/**
 * The country to show: the one in the address, else the first that the browser's languages name, else the European
 * Union, else the first; null where there is none. Where the reader is plays no part.
 */
export function shownCountry(
  wanted: string | null,
  languages: readonly string[],
  known: readonly string[],
): string | null {
  const regions = languages.flatMap((tag) => {
    const [language = "", ...rest] = tag.split("-");
    const region = rest.find((part) => /^[A-Za-z]{2}$/.test(part));
    return [region ?? HOMES[language.toLowerCase()] ?? ""];
  });
  const choices = [wanted ?? "", ...regions, "EU"].map((choice) => choice.toUpperCase());
  return choices.find((choice) => known.includes(choice)) ?? known[0] ?? null;
}
