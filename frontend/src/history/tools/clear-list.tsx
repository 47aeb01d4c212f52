"use client";

import { AlertDialog } from "@base-ui/react/alert-dialog";
import { useTranslations } from "use-intl";

import { clear } from "@/jobs/remembered";
import { useAnnounce } from "@/ui/announcer";
import { buttonClass } from "@/ui/button";

/** Clears this browser's list, after a confirmation. */
export function ClearList({ count }: { count: number }) {
  const t = useTranslations();
  const announce = useAnnounce();
  const empty = () => {
    clear();
    announce(t("history.clear.done"));
  };
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger className={buttonClass()}>{t("history.clear.action")}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-40 bg-black/50" />
        <AlertDialog.Popup className="fixed top-1/2 left-1/2 z-50 max-h-[90dvh] w-[min(32rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-card border border-line bg-surface p-6 shadow-popover">
          <AlertDialog.Title className="text-lg font-semibold">
            {t("history.clear.question")}
          </AlertDialog.Title>
          <AlertDialog.Description className="mt-2">
            {t("history.clear.text", { count })}
          </AlertDialog.Description>
          <div className="mt-4 flex flex-wrap justify-end gap-2">
            <AlertDialog.Close className={buttonClass()}>{t("common.actions.cancel")}</AlertDialog.Close>
            <AlertDialog.Close className={buttonClass("danger")} onClick={empty}>
              {t("history.clear.action")}
            </AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
