"use client";

import { useTranslations } from "use-intl";

import type { RecheckAnswer } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { useAnnounce } from "@/ui/announcer";
import { EraseTexts } from "@/ui/erase-texts";

import { useRedact } from "./use-rechecks";

/** Erases what was written with a recheck. */
export function Erasing({ recheck }: { recheck: RecheckAnswer }) {
  const t = useTranslations("recheck.erase");
  const announce = useAnnounce();
  const redact = useRedact(recheck.recheck_id);
  const there = (["query", "reason"] as const).filter((text) => (recheck[text] ?? "") !== "");
  return (
    <>
      <div>
        <EraseTexts
          texts={there.map((text) => [text, t(text)] as const)}
          words={{ open: t("open"), text: t("text"), confirm: t("confirm") }}
          busy={redact.isPending}
          onErase={(texts) => redact.mutate(texts, { onSuccess: () => announce(t("done")) })}
        />
      </div>
      <Problem error={redact.error} />
    </>
  );
}
