"use client";

import { Moon, Sun } from "lucide-react";
import { useTranslations } from "use-intl";

import { chooseTheme, useTheme } from "./theme";

/** Switches between light and dark; the system's choice holds until then, and again by the footer's choice. */
export function ThemeToggle() {
  const t = useTranslations("common.theme");
  const { dark } = useTheme();
  const Icon = dark ? Sun : Moon;
  return (
    <button
      type="button"
      aria-pressed={dark}
      aria-label={t("dark")}
      title={t(dark ? "light" : "dark")}
      onClick={() => chooseTheme(dark ? "light" : "dark")}
      className="inline-flex size-11 items-center justify-center rounded-control text-muted hover:bg-sunken hover:text-text"
    >
      <Icon aria-hidden className="size-5" />
    </button>
  );
}
