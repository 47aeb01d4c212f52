"use client";

import { useTranslations } from "use-intl";

import type { ModelCard } from "@/api/schema";
import { percent } from "@/i18n/format";
import { Card } from "@/ui/card";

import { ends } from "./strength";

/** The steps from a file to its verdict, with the figures of the model that runs. */
export function HowItGoes({ model, frames }: { model: ModelCard; frames: number }) {
  const t = useTranslations("method.how");
  const [low, high] = ends(model.abstain_band) ?? [model.decision_threshold, model.decision_threshold];
  return (
    <Card title={t("title")}>
      <ol className="max-w-prose list-decimal space-y-1 pl-5">
        <li>{t("steps.frames", { count: frames })}</li>
        <li>{t("steps.faces")}</li>
        <li>{t("steps.combine")}</li>
        <li>{t("steps.estimate")}</li>
        <li>
          {t("steps.decide", {
            threshold: percent(model.decision_threshold),
            band: low < high ? "some" : "none",
            low: percent(low),
            high: percent(high),
          })}
        </li>
      </ol>
      <p className="mt-3 font-medium">{t("rule")}</p>
      <p className="mt-3 max-w-prose">{t("statements")}</p>
    </Card>
  );
}
