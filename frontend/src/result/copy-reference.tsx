"use client";

import { Copy } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

import type { ApiError } from "@/api/errors";
import type { ResultAnswer } from "@/api/schema";
import { Button } from "@/ui/button";

/** What to tell whoever runs the server: the job's id or the request's, short to read and whole to copy. */
export function CopyReference({ answer, error }: { answer?: ResultAnswer; error?: ApiError }) {
  const t = useTranslations();
  const [copied, setCopied] = useState(false);
  const reference = error?.requestId ?? answer?.job_id ?? null;
  if (reference === null) return null;
  const code = error?.code ?? answer?.error?.error_code ?? "";
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(`${reference} ${code}`.trim());
      setCopied(true);
    } catch {
      setCopied(false); // without permission there is still the short form to read out
    }
  };
  return (
    <p className="mt-3 flex flex-wrap items-center gap-2">
      <span title={reference}>{t("common.failed.reference", { id: reference.slice(0, 8) })}</span>
      <Button look="quiet" onClick={copy} aria-label={t("result.problem.copyReference")}>
        <Copy aria-hidden className="size-4" />
        <span aria-live="polite">{t(copied ? "common.actions.copied" : "common.actions.copy")}</span>
      </Button>
    </p>
  );
}
