"use client";

import { Copy } from "lucide-react";
import { useId } from "react";
import { useTranslations } from "use-intl";

import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { useCopy } from "@/ui/use-copy";

/** A secret that is shown this once, to be copied. */
export function Secret({ label, hint, value }: { label: string; hint: string; value: string }) {
  const t = useTranslations("common.actions");
  const field = useId();
  const announce = useAnnounce();
  const { copied, refused, copy } = useCopy(value);
  return (
    <div role="status" className="rounded-card border border-control p-4">
      <label htmlFor={field} className="font-medium">
        {label}
      </label>
      <p className="text-sm text-muted">{hint}</p>
      <div className="mt-2 flex flex-wrap gap-2">
        <input
          id={field}
          readOnly
          value={value}
          onFocus={(event) => event.target.select()}
          className="min-h-11 min-w-0 flex-1 rounded-control border border-control bg-sunken px-3 font-mono text-sm"
        />
        <Button onClick={async (event) => (await copy(event)) && announce(t("copied"))}>
          <Copy aria-hidden className="size-4" />
          {t(copied ? "copied" : "copy")}
        </Button>
      </div>
      {refused && <p className="mt-2 text-sm text-danger">{t("copyByHand")}</p>}
    </div>
  );
}
