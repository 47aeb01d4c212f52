"use client";

import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";

import { Button } from "@/ui/button";

type Props = { onAdd: () => void; onCancel: () => void };

/** What is said below a region that is being drawn; Enter adds it, Escape ends it. */
export function RegionPanel({ onAdd, onCancel }: Props) {
  const t = useTranslations("review.picture");
  const acts = useRef({ onAdd, onCancel });
  useEffect(() => {
    acts.current = { onAdd, onCancel };
  });
  useEffect(() => {
    // The box takes the arrow keys: whoever has come by the keyboard moves it at once.
    const box = document.querySelector<HTMLElement>('[role="application"][aria-describedby="region-keys"]');
    box?.focus();
    const pressed = (event: KeyboardEvent) => {
      if (event.target !== box || (event.key !== "Enter" && event.key !== "Escape")) return;
      event.preventDefault();
      acts.current[event.key === "Enter" ? "onAdd" : "onCancel"]();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line p-3">
      <p id="region-keys" className="min-w-0 flex-1 basis-60 text-sm text-muted">
        {t("regionHow")}
      </p>
      <Button look="primary" onClick={onAdd}>
        {t("regionAdd")}
      </Button>
      <Button onClick={onCancel}>{t("regionCancel")}</Button>
    </div>
  );
}
