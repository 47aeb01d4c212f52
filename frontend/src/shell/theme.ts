import { useSyncExternalStore } from "react";

const STORED = "deepshield.theme"; // read by public/theme.js before the first paint
const CHANGED = "deepshield:theme";

/** Light and dark, or as the system is set. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const systemIsDark = () => matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(STORED)) ?? "system";
  } catch {
    return "system"; // storage can be forbidden
  }
}

function apply(): void {
  const theme = chosen();
  const dark = theme === "dark" || (theme === "system" && systemIsDark().matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

/** Choose a theme; kept in this browser. */
export function chooseTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, theme);
  apply();
  dispatchEvent(new Event(CHANGED));
}

function subscribe(changed: () => void): () => void {
  const system = systemIsDark();
  const follow = () => {
    apply();
    changed();
  };
  addEventListener(CHANGED, changed);
  system.addEventListener("change", follow);
  return () => {
    removeEventListener(CHANGED, changed);
    system.removeEventListener("change", follow);
  };
}

/** The theme that was chosen, and whether the page is dark now; it follows the system while nothing else is chosen. */
export function useTheme(): { theme: Theme; dark: boolean } {
  const theme = useSyncExternalStore(subscribe, chosen, () => "system" as const);
  const dark = useSyncExternalStore(
    subscribe,
    () => document.documentElement.dataset.theme === "dark",
    () => false,
  );
  return { theme, dark };
}
