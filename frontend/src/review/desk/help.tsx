"use client";

import { useTranslations } from "use-intl";

import { Dialog } from "@/ui/dialog";

const KEYS = [
  ["1 - 4", "answer"],
  ["B", "show"],
  ["M", "mute"],
  ["space", "play"],
  [", .", "frame"],
  ["← →", "seek"],
  ["[ ]", "span"],
  ["R", "region"],
  ["⏎", "submit"],
  ["S", "skip"],
  ["H", "hand"],
  ["?", "help"],
] as const;

type Props = { on: boolean; onChange: (on: boolean) => void; onClose: () => void };

/** The keys of this page, and whether they work. */
export function Help({ on, onChange, onClose }: Props) {
  const t = useTranslations("review.help");
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("title")} description={t("text")}>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-6 gap-y-2 text-sm">
        {KEYS.map(([key, does]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="inline-block rounded border border-control bg-sunken px-2 py-0.5 font-sans whitespace-nowrap">
                {key === "space" ? t("space") : key}
              </kbd>
            </dt>
            <dd>{t(`key.${does}`)}</dd>
          </div>
        ))}
      </dl>
      <label className="mt-6 flex min-h-11 items-center gap-3 border-t border-line pt-4 text-sm font-medium">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => onChange(event.currentTarget.checked)}
          className="size-6 accent-text"
        />
        {t("use")}
      </label>
    </Dialog>
  );
}
