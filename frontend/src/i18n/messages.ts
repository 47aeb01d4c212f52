import en from "@messages/en";
import type activity from "@messages/en/activity.json";
import type datasets from "@messages/en/datasets.json";
import type library from "@messages/en/library.json";
import type measure from "@messages/en/measure.json";
import type policies from "@messages/en/policies.json";
import type review from "@messages/en/review.json";
import type sound from "@messages/en/sound.json";

export const LOCALES = ["en", "de"] as const;
export type Locale = (typeof LOCALES)[number];
/** Texts that come with their page alone: `PageWords`. */
export type PageMessages = {
  activity: typeof activity;
  library: typeof library;
  review: typeof review;
  datasets: typeof datasets;
  measure: typeof measure;
  policies: typeof policies;
  sound: typeof sound;
};
/** English has every text; the others are tested to have the same. */
export type Messages = typeof en & PageMessages;
/** The texts that every page has. */
export type SharedMessages = typeof en;

declare module "use-intl" {
  interface AppConfig {
    Locale: Locale;
    Messages: Messages;
  }
}

export const english: SharedMessages = en;

/** Load a language's texts; English is part of the page, others are loaded on demand. */
export async function loadMessages(locale: Locale): Promise<SharedMessages> {
  if (locale === "de") return (await import("@messages/de")).default;
  return en;
}
