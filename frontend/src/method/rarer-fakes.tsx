"use client";

import { useTranslations } from "use-intl";

import type { ModelCard } from "@/api/schema";
import { percent } from "@/i18n/format";
import { Card } from "@/ui/card";

const ESTIMATES = [0.65, 0.8, 0.95];
const ONE_IN = [10, 100, 1000];

/** What an estimate stands for where fewer files are manipulated than in the tests. */
export function RarerFakes({ model }: { model: ModelCard }) {
  const t = useTranslations("method.rate");
  const { base_rate: tested } = model;
  return (
    <Card title={t("title")}>
      <p className="mb-4 max-w-prose">{t("text", { share: percent(tested) })}</p>
      <table className="w-full max-w-2xl text-right text-sm">
        <caption className="sr-only">{t("caption")}</caption>
        <thead>
          <tr className="border-b border-control">
            <th scope="col" className="py-2 text-left align-bottom font-semibold">
              {t("estimate")}
            </th>
            {ONE_IN.map((count) => (
              <th key={count} scope="col" className="py-2 pl-2 align-bottom font-semibold">
                {t("oneIn", { count })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ESTIMATES.map((estimate) => (
            <tr key={estimate} className="border-b border-line last:border-0">
              <th scope="row" className="py-1.5 text-left font-medium">
                {percent(estimate)}
              </th>
              {ONE_IN.map((count) => (
                <td key={count} className="py-1.5 pl-2">
                  {percent(atBaseRate(estimate, tested, 1 / count))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

/**
 * The chance that an estimate stands for where another share of files is manipulated than in the tests: the
 * odds change as the odds of the shares do (Bayes). Shares and estimate lie between 0 and 1, both excluded.
 */
export function atBaseRate(estimate: number, tested: number, actual: number): number {
  const odds = (share: number) => share / (1 - share);
  const changed = (odds(estimate) * odds(actual)) / odds(tested);
  return changed / (1 + changed);
}
