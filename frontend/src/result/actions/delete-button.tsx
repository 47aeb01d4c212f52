"use client";

import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { useDeleteJob } from "@/jobs/actions";
import { Button, buttonClass } from "@/ui/button";

type Props = { id: string; name: string; onDeleted: () => void };

/** [Delete], after asking once more: files and result go at once and for good. */
export function DeleteButton({ id, name, onDeleted }: Props) {
  const t = useTranslations("result.delete");
  const [open, setOpen] = useState(false);
  const removal = useDeleteJob();
  return (
    <AlertDialog.Root open={open} onOpenChange={setOpen}>
      <AlertDialog.Trigger className={buttonClass()}>
        <Trash2 aria-hidden className="size-4" />
        {t("open")}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-40 bg-black/50" />
        <AlertDialog.Popup className="fixed top-1/2 left-1/2 z-50 max-h-[90dvh] w-[min(32rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-card border border-line bg-surface p-6 shadow-popover">
          <AlertDialog.Title className="text-lg font-semibold">{t("title")}</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-muted [overflow-wrap:anywhere]">
            {t("text", { name })}
          </AlertDialog.Description>
          {removal.isError && (
            <p role="alert" className="mt-3 text-danger">
              {t("failed")}
            </p>
          )}
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            <AlertDialog.Close className={buttonClass()}>{t("keep")}</AlertDialog.Close>
            <Button
              look="danger"
              disabled={removal.isPending}
              onClick={() => removal.mutate(id, { onSuccess: onDeleted })}
            >
              {t("confirm")}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
