"use client";

import { EyeOff, ScanFace } from "lucide-react";
import { useTranslations } from "use-intl";

import { Card } from "@/ui/card";

const LOOKED_FOR = ["swap", "lips", "reenact", "composite"] as const;
const NOT_SEEN = ["generated", "voice", "context", "rest", "hidden", "heavy"] as const;

/** What is looked for, and what cannot be seen, side by side. */
export function Sees() {
  const t = useTranslations("method.sees");
  return (
    <Card title={t("title")}>
      <div className="grid gap-6 md:grid-cols-2">
        <div>
          <h3 className="mb-2 flex items-center gap-2 font-semibold">
            <ScanFace aria-hidden className="size-5 text-muted" />
            {t("yes")}
          </h3>
          <ul className="list-disc space-y-1 pl-5">
            {LOOKED_FOR.map((key) => (
              <li key={key}>{t(key)}</li>
            ))}
          </ul>
        </div>
        <div>
          <h3 className="mb-2 flex items-center gap-2 font-semibold">
            <EyeOff aria-hidden className="size-5 text-muted" />
            {t("no")}
          </h3>
          <ul className="list-disc space-y-1 pl-5">
            {NOT_SEEN.map((key) => (
              <li key={key}>{t(key)}</li>
            ))}
          </ul>
        </div>
      </div>
    </Card>
  );
}
