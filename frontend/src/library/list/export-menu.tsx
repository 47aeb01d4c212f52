"use client";

import { Menu } from "@base-ui/react/menu";
import { ChevronDown, Download } from "lucide-react";
import { useTranslations } from "use-intl";

import { chosenWorkspace } from "@/api/workspace";
import { buttonClass } from "@/ui/button";

const FORMATS = ["csv", "jsonl", "parquet"] as const;
const PER = ["media", "analysis"] as const;

type Props = { q: string; disabled: boolean };

/** Saves what the query finds, a row for each file or for each analysis. */
export function ExportMenu({ q, disabled }: Props) {
  const t = useTranslations("library.export");
  return (
    <Menu.Root>
      <Menu.Trigger className={buttonClass()} disabled={disabled}>
        <Download aria-hidden className="size-4" />
        {t("open")}
        <ChevronDown aria-hidden className="size-4" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} className="z-40">
          <Menu.Popup className="max-h-[70dvh] min-w-56 overflow-y-auto rounded-card border border-line bg-surface p-1 shadow-popover outline-none">
            {PER.map((per) => (
              <Menu.Group key={per}>
                <Menu.GroupLabel className="px-3 py-1 text-sm text-muted">{t(`per.${per}`)}</Menu.GroupLabel>
                {FORMATS.map((format) => (
                  <Menu.Item
                    key={format}
                    render={<a href={addressOf(q, per, format)} download />}
                    className="flex min-h-11 cursor-pointer items-center rounded-control px-3 text-sm text-text no-underline outline-none data-[highlighted]:bg-sunken data-[highlighted]:outline-2 data-[highlighted]:-outline-offset-2 data-[highlighted]:outline-text pointer-fine:min-h-9"
                  >
                    {t(`format.${format}`)}
                  </Menu.Item>
                ))}
              </Menu.Group>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

/** The address of an export of what a query finds. */
export function addressOf(q: string, per: (typeof PER)[number], format: (typeof FORMATS)[number]): string {
  const workspace = chosenWorkspace();
  const params = new URLSearchParams({
    ...(q !== "" && { q }),
    per,
    ...(workspace !== null && { workspace }),
  });
  return `/api/export/results.${format}?${params}`;
}
