"use client";

import { Moon, Sun } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslations } from "use-intl";

const STORED = "deepshield.theme"; // read by public/theme.js before the first paint
const CHANGED = "deepshield:theme";

function subscribe(changed: () => void): () => void {
  addEventListener(CHANGED, changed);
  return () => removeEventListener(CHANGED, changed);
}

const dark = () => document.documentElement.dataset.theme === "dark";

/** Switches between light and dark; the system's choice holds until then. */
export function ThemeToggle() {
  const t = useTranslations("common.theme");
  const isDark = useSyncExternalStore(subscribe, dark, () => false);
  const toggle = () => {
    const next = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem(STORED, next);
    dispatchEvent(new Event(CHANGED));
  };
  const Icon = isDark ? Sun : Moon;
  return (
    <button
      type="button"
      aria-pressed={isDark}
      aria-label={t("dark")}
      title={t(isDark ? "light" : "dark")}
      onClick={toggle}
      className="inline-flex size-11 items-center justify-center rounded-control text-muted hover:bg-sunken hover:text-text"
    >
      <Icon aria-hidden className="size-5" />
    </button>
  );
}
