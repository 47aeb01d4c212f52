"use client";

import { useId, useState } from "react";
import { useTranslations } from "use-intl";

import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

import { BLURS, useViewing } from "@/ui/viewing";

/** Chooses how pictures that may harm are shown, for the account in this browser. */
export function ViewingChoice() {
  const t = useTranslations("library.viewing");
  const [open, setOpen] = useState(false);
  const [{ blur, grey, muted }, change] = useViewing();
  const group = useId();
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("title")}</Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("title")} description={t("text")}>
        <fieldset>
          <legend className="text-sm font-medium">{t("blurred")}</legend>
          {BLURS.map((which) => (
            <label key={which} className="flex min-h-11 items-center gap-3 text-sm pointer-fine:min-h-9">
              <input
                type="radio"
                name={group}
                checked={blur === which}
                onChange={() => change({ blur: which })}
                className="size-6 accent-text"
              />
              {t(`blur.${which}`)}
            </label>
          ))}
        </fieldset>
        <div className="mt-2 border-t border-line pt-2">
          <Check checked={grey} onChange={(on) => change({ grey: on })}>
            {t("grey")}
          </Check>
          <Check checked={muted} onChange={(on) => change({ muted: on })}>
            {t("muted")}
          </Check>
        </div>
      </Dialog>
    </>
  );
}

type CheckProps = { checked: boolean; onChange: (on: boolean) => void; children: string };

function Check({ checked, onChange, children }: CheckProps) {
  return (
    <label className="flex min-h-11 items-center gap-3 text-sm pointer-fine:min-h-9">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
        className="size-6 accent-text"
      />
      {children}
    </label>
  );
}
