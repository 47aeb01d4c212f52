"use client";

import { useFormatter, useTranslations } from "use-intl";

import type { Strength as Ratio } from "@/api/schema";

/** How strongly the estimate supports manipulation or its absence: words of a known scale, with the ratio behind them. */
export function Strength({ strength }: { strength: Ratio }) {
  const t = useTranslations("result.strength");
  const format = useFormatter();
  const { log10_ratio: ratio, interval, cap, support } = strength;
  const number = (value: number) =>
    format.number(value, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "negative" });
  const words =
    support === "none"
      ? t("neither")
      : t(ratio > 0 ? "manipulated" : "unmanipulated", { degree: t(support) });
  const [low = ratio, high = ratio] = interval ?? [];
  return (
    <p className="text-sm text-muted">
      {t("line", { words, ratio: number(ratio), low: number(low), high: number(high), cap: number(cap) })}
    </p>
  );
}
