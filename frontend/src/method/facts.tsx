"use client";

import { useTranslations } from "use-intl";

import type { ModelCard } from "@/api/schema";
import { percent } from "@/i18n/format";
import { Card } from "@/ui/card";

import { ends } from "./strength";

/** Identity of the model that runs, for reports that must name it. */
export function Facts({ model }: { model: ModelCard }) {
  const t = useTranslations("method.facts");
  const band = ends(model.abstain_band);
  const facts = [
    [t("bundle"), model.bundle],
    [t("version"), model.version],
    [t("architecture"), model.architecture],
    [t("threshold"), percent(model.decision_threshold)],
    ...(band === null || band[0] >= band[1]
      ? []
      : [[t("band"), t("and", { low: percent(band[0]), high: percent(band[1]) })] as const]),
    [t("rate"), percent(model.base_rate)],
    [t("hash"), model.sha256],
  ] as const;
  return (
    <Card title={t("title")}>
      <dl className="grid gap-x-6 gap-y-1 sm:grid-cols-[auto_minmax(0,1fr)]">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="mb-2 [overflow-wrap:anywhere] sm:mb-0">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
