"use client";

import { useLocale, useTranslations } from "use-intl";

import { useLimits, useMe } from "@/api/queries";
import type { ServiceLimits } from "@/api/schema";
import { bytes, span } from "@/i18n/format";

const NAMES: Record<string, string> = { ".mp4": "MP4", ".mov": "MOV", ".jpg": "JPEG", ".png": "PNG" };

/** Accepted types, largest size, retention and the rest of today's quota; its space is reserved until they are known. */
export function LimitsLine() {
  const t = useTranslations("analyse.zone");
  const locale = useLocale();
  const { data: limits } = useLimits();
  const { data: me } = useMe();
  return (
    <div className="flex min-h-[2.875rem] flex-col gap-1 text-sm text-muted">
      {limits && (
        <>
          <p>
            {t("limits", {
              types: namesOf(limits),
              size: bytes(limits.upload.max_bytes, locale),
              duration: span(1000 * limits.video.max_duration_seconds),
            })}
          </p>
          <p>
            {t("stays", { hours: limits.retention.upload_hours })}
            {typeof me?.usage.remaining === "number" &&
              ` ${t("left", { count: me.usage.remaining, of: me.limits.free_daily_uploads })}`}
          </p>
        </>
      )}
    </div>
  );
}

function namesOf({ image, video }: ServiceLimits): string {
  const taken = [...video.extensions, ...image.extensions];
  return Object.entries(NAMES)
    .flatMap(([extension, name]) => (taken.includes(extension) ? [name] : []))
    .join(", ");
}
