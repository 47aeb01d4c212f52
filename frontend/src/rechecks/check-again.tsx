"use client";

import { RotateCw } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { useMay } from "@/api/queries";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

import { useCheckAgain } from "./use-rechecks";

/** Has a file of the library analysed again with the present model, and leads to that analysis. */
export function CheckAgain({ mediaId }: { mediaId: string }) {
  const t = useTranslations("recheck.again");
  const words = useFailureText();
  const router = useRouter();
  const may = useMay("analyse");
  const again = useCheckAgain(mediaId);
  const [shown, setShown] = useState(false);
  if (!may) return null;
  const judged = again.error?.code === "ALREADY_JUDGED";
  const check = (force: boolean) => {
    if (again.isPending) return;
    again.mutate(
      { force },
      {
        onSuccess: ({ job_id }) => router.push(`/result/?id=${encodeURIComponent(job_id)}`),
        onError: () => setShown(true),
      },
    );
  };
  return (
    <>
      <Button onClick={() => check(false)} aria-disabled={again.isPending}>
        <RotateCw aria-hidden className="size-4" />
        {t("button")}
      </Button>
      {again.error !== null && (
        <Dialog
          open={shown}
          onOpenChange={setShown}
          title={judged ? t("title") : t("button")}
          description={judged ? t("text") : words(failureOf(again.error))}
        >
          {judged && (
            <Button look="primary" onClick={() => check(true)} aria-disabled={again.isPending}>
              {t("yes")}
            </Button>
          )}
        </Dialog>
      )}
    </>
  );
}
