"use client";

import { useId } from "react";
import { useLocale, useTranslations } from "use-intl";

import type { PolicyRule } from "@/api/schema";
import { decimal } from "@/i18n/format";

import { LEAST, MOST, moved, type End } from "./rule";

type Props = { rule: PolicyRule; onChange: (rule: PolicyRule) => void };

const ENDS = ["threshold", "abstain_low", "abstain_high"] as const satisfies readonly End[];

/** A slider for the threshold and one for each end of the band, over the scale of estimates. */
export function RuleSliders({ rule, onChange }: Props) {
  const t = useTranslations("policies");
  return (
    <div className="flex flex-col gap-4">
      {ENDS.map((end) => (
        <Slider
          key={end}
          name={t(`slider.${end}`)}
          value={rule[end]}
          least={end === "threshold" ? LEAST : 0}
          most={end === "threshold" ? MOST : 1}
          onChange={(value) => onChange(moved(rule, end, value))}
        />
      ))}
      <p className="text-sm text-muted">{t("slider.hint")}</p>
    </div>
  );
}

type SliderProps = {
  name: string;
  value: number;
  least: number;
  most: number;
  onChange: (value: number) => void;
};

function Slider({ name, value, least, most, onChange }: SliderProps) {
  const id = useId();
  const locale = useLocale();
  return (
    <div>
      <div className="flex items-baseline justify-between gap-4">
        <label htmlFor={id} className="text-sm font-medium">
          {name}
        </label>
        <output htmlFor={id} className="font-semibold tabular-nums">
          {decimal(value, 3, locale)}
        </output>
      </div>
      <input
        id={id}
        type="range"
        min={least}
        max={most}
        // The arrows of the keyboard go by a hundredth of the whole, and every rule can be shown as it is.
        step="any"
        value={value}
        onChange={({ target }) => onChange(Number(target.value))}
        aria-valuetext={decimal(value, 3, locale)}
        className="h-11 w-full accent-text pointer-fine:h-7"
      />
    </div>
  );
}
