"use client";

import { useLayoutEffect, useRef } from "react";
import { useTranslations } from "use-intl";

import { buttonClass } from "@/ui/button";

type Props = {
  name: string;
  onUndo: () => void;
  /** Called when this is removed while it has the focus; must stay the same function. */
  onFocusLost: () => void;
};

/** Replaces a row while its deletion can be undone. It takes the focus from the row's own button. */
export function Tombstone({ name, onUndo, onFocusLost }: Props) {
  const t = useTranslations();
  const undo = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const button = undo.current;
    button?.focus({ preventScroll: true });
    return () => {
      if (document.activeElement === button) onFocusLost();
    };
  }, [onFocusLost]);
  return (
    <li className="flex min-h-20 items-center justify-between gap-4 bg-sunken px-4 py-3">
      <p className="min-w-0 text-muted [overflow-wrap:anywhere]">{t("history.undo.text", { name })}</p>
      <button
        ref={undo}
        type="button"
        onClick={onUndo}
        aria-label={t("history.undo.action", { name })}
        className={buttonClass()}
      >
        {t("common.actions.undo")}
      </button>
    </li>
  );
}
