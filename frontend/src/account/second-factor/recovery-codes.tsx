"use client";

import { useTranslations } from "use-intl";

import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { useCopy } from "@/ui/use-copy";

/** Recovery codes, which are shown this once. */
export function RecoveryCodes({ codes }: { codes: string[] }) {
  const t = useTranslations("account.secondFactor");
  const actions = useTranslations("common.actions");
  const announce = useAnnounce();
  const { copied, refused, copy } = useCopy(codes.join("\n"));
  return (
    <section aria-labelledby="recovery-codes" className="rounded-card border border-control p-4">
      <h3 id="recovery-codes" className="font-semibold">
        {t("codes")}
      </h3>
      <p className="text-sm text-muted">{t("codesHint")}</p>
      <ul className="my-3 grid gap-x-6 gap-y-1 font-mono text-sm sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Button onClick={async (event) => (await copy(event)) && announce(actions("copied"))}>
        {actions(copied ? "copied" : "copy")}
      </Button>
      {refused && (
        <p role="alert" className="mt-2 text-sm text-danger">
          {actions("copyByHand")}
        </p>
      )}
    </section>
  );
}
