import en from "@messages/en";

export const LOCALES = ["en", "de"] as const;
export type Locale = (typeof LOCALES)[number];
/** English has every text; the others are tested to have the same. */
export type Messages = typeof en;

declare module "use-intl" {
  interface AppConfig {
    Locale: Locale;
    Messages: Messages;
  }
}

export const english: Messages = en;

/** Load a language's texts; English is part of the page, others are loaded on demand. */
export async function loadMessages(locale: Locale): Promise<Messages> {
  if (locale === "de") return (await import("@messages/de")).default;
  return en;
}
