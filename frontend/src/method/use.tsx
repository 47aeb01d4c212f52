"use client";

import { useTranslations } from "use-intl";

import type { Retention } from "@/api/schema";
import { keptFor } from "@/i18n/format";
import { Card } from "@/ui/card";

const RULES = ["look", "source", "person", "groups", "quote"] as const;

/** What to do with a result, and what not. */
export function Use() {
  const t = useTranslations("method.use");
  return (
    <Card title={t("title")}>
      <ul className="max-w-prose list-disc space-y-1 pl-5">
        {RULES.map((rule) => (
          <li key={rule}>{t(rule)}</li>
        ))}
      </ul>
    </Card>
  );
}

/** How long this server keeps what. */
export function Keep({ retention }: { retention: Retention }) {
  const t = useTranslations("method.keep");
  const values = {
    upload: keptFor(retention.upload_hours),
    artifacts: keptFor(retention.artifact_hours),
    jobs: keptFor(24 * retention.job_days),
  };
  return (
    <Card title={t("title")}>
      <p className="max-w-prose">{t("text", values)}</p>
    </Card>
  );
}
