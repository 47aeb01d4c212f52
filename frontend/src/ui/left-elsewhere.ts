"use client";

import { useEffect } from "react";

/** Written for a moment by the tab in which somebody signs out. */
export const LEFT = "deepshield.left";

/** Load the page anew once somebody has signed out in another tab: nothing of the account stays in memory here. */
export function useLeftElsewhere(): void {
  useEffect(() => {
    const listener = ({ key, newValue }: StorageEvent) => {
      if (key === LEFT && newValue !== null) location.reload();
    };
    addEventListener("storage", listener);
    return () => removeEventListener("storage", listener);
  }, []);
}
