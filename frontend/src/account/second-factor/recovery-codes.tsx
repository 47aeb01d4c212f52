"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";

/** Recovery codes, which are shown this once. */
export function RecoveryCodes({ codes }: { codes: string[] }) {
  const t = useTranslations("account");
  const announce = useAnnounce();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(codes.join("\n"));
    } catch {
      return; // they can be selected by hand
    }
    setCopied(true);
    announce(t("secret.copied"));
  };
  return (
    <section aria-labelledby="recovery-codes" className="rounded-card border border-control p-4">
      <h3 id="recovery-codes" className="font-semibold">
        {t("secondFactor.codes")}
      </h3>
      <p className="text-sm text-muted">{t("secondFactor.codesHint")}</p>
      <ul className="my-3 grid gap-x-6 gap-y-1 font-mono text-sm sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Button onClick={copy}>{t(copied ? "secret.copied" : "secret.copy")}</Button>
    </section>
  );
}
