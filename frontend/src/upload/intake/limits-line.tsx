"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "use-intl";

import { useLimits, useMe, useWorkspace } from "@/api/queries";
import type { ServiceLimits } from "@/api/schema";
import { bytes, span } from "@/i18n/format";

/** Endings that are no names by themselves; others are named as they are written. */
const NAMES: Record<string, string> = {
  jpg: "JPEG",
  jpe: "JPEG",
  hif: "HEIC",
  mpg: "MPEG",
  webm: "WebM",
  webp: "WebP",
  m4v: "MP4",
  qt: "MOV",
  tif: "TIFF",
  jfif: "JPEG",
  heif: "HEIC",
};
/** Most readers have these; they come first. */
const FIRST = ["MP4", "MOV", "JPEG", "PNG"];

/** Accepted types, largest size, retention and the rest of today's quota; its space is reserved until they are known. */
export function LimitsLine() {
  const t = useTranslations("analyse.zone");
  const locale = useLocale();
  const { data: limits } = useLimits();
  const { data: me } = useMe();
  const ofWorkspace = useWorkspace()?.retention_hours ?? Infinity;
  return (
    <div className="flex flex-col gap-1 text-sm text-muted">
      <p className="min-h-[5.25rem] sm:min-h-[2.625rem]">
        {limits &&
          t("limits", {
            types: namesOf(limits),
            size: bytes(limits.upload.max_bytes, locale),
            duration: span(1000 * limits.video.max_duration_seconds),
          })}
      </p>
      <p>{t("convert")}</p>
      <p>
        {t("children")}{" "}
        <Link href="/law/" className="underline">
          {t("report")}
        </Link>
      </p>
      <p className="min-h-[2.625rem] sm:min-h-[1.3125rem]">
        {limits && t("stays", { hours: Math.min(limits.retention.upload_hours, ofWorkspace) })}
        {limits &&
          typeof me?.usage.remaining === "number" &&
          me.limits.free_daily_uploads !== null &&
          ` ${t("left", { count: me.usage.remaining, of: me.limits.free_daily_uploads })}`}
      </p>
    </div>
  );
}

/** The formats that this server takes, each once. */
export function namesOf({ image, video }: Pick<ServiceLimits, "image" | "video">): string {
  const taken = [...video.extensions, ...image.extensions].map((ending) => {
    const bare = ending.replace(/^\./, "");
    return NAMES[bare] ?? bare.toUpperCase();
  });
  const names = [...new Set([...FIRST.filter((name) => taken.includes(name)), ...taken])];
  return names.join(", ");
}
