"use client";

import { useLocale, useTranslations } from "use-intl";

import { useLimits } from "@/api/queries";
import type { ServiceLimits } from "@/api/schema";
import { bytes, clock } from "@/i18n/format";

import { isOfServer, type Failure } from "./failure";

/** What happened, as a heading; and the rest of what there is to say, in sentences. */
export type FailureWords = { summary: string; text: string };

/** How a failure is worded on every page: by its code, with the file's figure beside the limit where both are known. */
export function useFailureWords(): (failure: Failure) => FailureWords {
  const t = useTranslations();
  const locale = useLocale();
  const { data: limits } = useLimits();
  return (failure) => {
    const { code } = failure;
    const own = code === "OFFLINE" || code === "MISMATCH";
    const summary = own ? t(`common.failure.${code}.summary`) : t(`failures.${code}.summary`);
    const advice = own ? t(`common.failure.${code}.advice`) : t(`failures.${code}.advice`);
    const measured = figuresOf(failure, limits, locale);
    const parts = [
      measured && t(`common.failure.${measured.kind}`, measured),
      isOfServer(failure) && t("failures.notCharged"),
      advice,
    ];
    return { summary, text: parts.filter(Boolean).join(" ") };
  };
}

/** The same as one text, with a reference where the server's log has more to say. */
export function useFailureText(): (failure: Failure) => string {
  const t = useTranslations("common.failure");
  const words = useFailureWords();
  return (failure) => {
    const { summary, text } = words(failure);
    const id = isForTheOperator(failure) ? failure.reference?.slice(0, 8) : undefined;
    return `${summary}. ${text}${id ? ` ${t("reference", { id })}.` : ""}`;
  };
}

/** Whether whoever runs the server can do more about it than wait. */
export function isForTheOperator({ code }: Failure): boolean {
  return code === "INTERNAL_ERROR" || code === "ANALYSIS_CRASHED" || code === "UPLOAD_LOST";
}

type Measured = { kind: "measuredLength" | "measuredSize"; is: string; limit: string };

function figuresOf(
  { code, is, limit }: Failure,
  limits: ServiceLimits | undefined,
  locale: string,
): Measured | null {
  if (is === undefined) return null;
  if (code === "VIDEO_TOO_LONG") {
    const most = limit ?? limits?.video.max_duration_seconds;
    return most === undefined
      ? null
      : {
          kind: "measuredLength",
          is: clock(1000 * is, false, locale),
          limit: clock(1000 * most, false, locale),
        };
  }
  if (code !== "FILE_TOO_LARGE") return null;
  const most = limit ?? limits?.upload.max_bytes;
  return most === undefined
    ? null
    : { kind: "measuredSize", is: bytes(is, locale), limit: bytes(most, locale) };
}
