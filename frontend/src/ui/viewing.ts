import { useMemo, useSyncExternalStore } from "react";

import { useMe } from "@/api/queries";

/** How pictures that may harm who looks at them are shown, until they are asked for. */
export type Viewing = {
  /** Which pictures are blurred at first. */
  blur: "sensitive" | "all" | "none";
  /** Whether what is blurred has no colours either. */
  grey: boolean;
  /** Whether videos begin without sound. */
  muted: boolean;
};

export const CAREFUL: Viewing = { blur: "sensitive", grey: true, muted: true };
export const BLURS = ["sensitive", "all", "none"] as const;

const STORED = "deepshield.viewing."; // kept when somebody signs out: what protects must not end with a session
const CHANGED = "deepshield:viewing";

/** Read what is stored; what is missing or unknown is as careful as it can be by default. */
export function readViewing(stored: string | null): Viewing {
  let found: unknown = null;
  try {
    found = JSON.parse(stored ?? "null");
  } catch {
    // another version's, or no JSON
  }
  const { blur, grey, muted } = (typeof found === "object" && found !== null ? found : {}) as Record<
    string,
    unknown
  >;
  return {
    blur: BLURS.find((known) => known === blur) ?? CAREFUL.blur,
    grey: typeof grey === "boolean" ? grey : CAREFUL.grey,
    muted: typeof muted === "boolean" ? muted : CAREFUL.muted,
  };
}

/** Whether a picture is blurred until it is asked for. */
export function isVeiled({ blur }: Viewing, sensitive: boolean): boolean {
  return blur === "all" || (blur === "sensitive" && sensitive);
}

/** The account's choice in this browser, and a function that changes it. */
export function useViewing(): [Viewing, (change: Partial<Viewing>) => void] {
  const key = `${STORED}${useMe().data?.id ?? ""}`;
  const stored = useSyncExternalStore(
    subscribe,
    () => kept(key),
    () => null,
  );
  const viewing = useMemo(() => readViewing(stored), [stored]);
  const change = (some: Partial<Viewing>) => {
    try {
      localStorage.setItem(key, JSON.stringify({ ...viewing, ...some }));
    } catch {
      return; // storage can be forbidden or full
    }
    dispatchEvent(new Event(CHANGED));
  };
  return [viewing, change];
}

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function subscribe(changed: () => void): () => void {
  addEventListener(CHANGED, changed);
  addEventListener("storage", changed);
  return () => {
    removeEventListener(CHANGED, changed);
    removeEventListener("storage", changed);
  };
}
