"use client";

import { useLocale, useTranslations } from "use-intl";

import type { PolicyRule } from "@/api/schema";
import { decimal, percent } from "@/i18n/format";

/** A rule in words: its threshold, its band, and from what presence on a person decides. */
export function RuleText({ rule }: { rule: PolicyRule }) {
  const t = useTranslations("policies.rule");
  const locale = useLocale();
  const { threshold, abstain_low: low, abstain_high: high, minimums } = rule;
  return (
    <>
      <p>
        {t("text", {
          threshold: decimal(threshold, 3, locale),
          low: decimal(low, 3, locale),
          high: decimal(high, 3, locale),
        })}
      </p>
      <p className="text-sm text-muted">
        {t("presence", {
          px: Math.round(minimums.smallest_face_px),
          frames: minimums.least_frames,
          share: percent(minimums.least_share),
        })}
      </p>
    </>
  );
}
