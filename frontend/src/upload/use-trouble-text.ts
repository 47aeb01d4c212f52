"use client";

import { useLocale, useTranslations } from "use-intl";

import { useLimits } from "@/api/queries";
import type { MediaKind } from "@/api/schema";
import { bytes, clock } from "@/i18n/format";

import type { Trouble } from "./trouble";

/** A trouble in words, with the file's figure beside the server's limit where both are known. */
export function useTroubleText(trouble: Trouble, kind: MediaKind | null): string {
  const t = useTranslations("analyse.trouble");
  const locale = useLocale();
  const { data: limits } = useLimits();
  const { is } = trouble;
  if (trouble.word === "tooLong") {
    const limit = trouble.limit ?? limits?.video.max_duration_seconds;
    if (is === undefined || limit === undefined) return t("tooLongUnknown");
    return t("tooLong", { is: clock(1000 * is, false), limit: clock(1000 * limit, false) });
  }
  if (trouble.word === "tooLarge") {
    const limit = trouble.limit ?? limits?.upload.max_bytes;
    if (is === undefined || limit === undefined) return t("tooLargeUnknown", { kind: kind ?? "video" });
    return t("tooLarge", { is: bytes(is, locale), limit: bytes(limit, locale), kind: kind ?? "video" });
  }
  if (trouble.word === "fault" && typeof trouble.reference === "string")
    return t("faultReference", { id: trouble.reference });
  return t(trouble.word);
}
