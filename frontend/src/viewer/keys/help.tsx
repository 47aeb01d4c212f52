"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

const KEYS = [
  ["space", "keys.doPlay"],
  ["arrows", "keys.doStep"],
  ["shiftArrows", "keys.doJump"],
  ["brackets", "keys.doMoment"],
  ["digits", "keys.doPerson"],
  ["O", "keys.doBoxes"],
  ["H", "keys.doMap"],
  ["T", "keys.doTable"],
  ["?", "keys.doHelp"],
] as const;
const NAMED = { space: "keys.space", arrows: "keys.arrows", shiftArrows: "keys.shiftArrows" } as const;
const WRITTEN: Record<string, string> = { brackets: "[ ]", digits: "1 - 9" };

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  on: boolean;
  onChange: (on: boolean) => void;
};

/** The keys of the viewer, and whether they work. */
export function Help({ open, onOpenChange, on, onChange }: Props) {
  const t = useTranslations("viewer");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("keys.title")} description={t("keys.scope")}>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-6 gap-y-2 text-sm">
        {KEYS.map(([key, does]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="inline-block rounded border border-control bg-sunken px-2 py-0.5 font-sans whitespace-nowrap">
                {key in NAMED ? t(NAMED[key as keyof typeof NAMED]) : (WRITTEN[key] ?? key)}
              </kbd>
            </dt>
            <dd>{t(does)}</dd>
          </div>
        ))}
      </dl>
      <label className="mt-6 flex min-h-11 items-center gap-3 border-t border-line pt-4 text-sm font-medium">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => onChange(event.currentTarget.checked)}
          className="size-5 accent-text"
        />
        {t("keys.use")}
      </label>
      <div className="mt-4 flex justify-end">
        <Button onClick={() => onOpenChange(false)}>{t("close")}</Button>
      </div>
    </Dialog>
  );
}

const STORED = "deepshield.viewer.keys";

/** Whether keys work in the viewer, and a switch that this browser remembers. */
export function useKeysPreference(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => localStorage.getItem(STORED) !== "off");
  const choose = (next: boolean) => {
    localStorage.setItem(STORED, next ? "on" : "off");
    setOn(next);
  };
  return [on, choose];
}
