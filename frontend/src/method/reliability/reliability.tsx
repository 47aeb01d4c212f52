"use client";

import { useTranslations } from "use-intl";

import type { ModelCard } from "@/api/schema";
import { countedShare, percent, percentRange } from "@/i18n/format";
import { Card } from "@/ui/card";

import { ReliabilityPlot } from "./plot";
import { isOff, toPoints, type Point } from "./points";

/** How often files with an estimate were manipulated, as a plot and as a table of the same figures. */
export function Reliability({ model }: { model: ModelCard }) {
  const t = useTranslations("method.reliability");
  const points = toPoints(model.reliability, model.reliability_intervals);
  const [first, last] = [points.at(0), points.at(-1)];
  if (first === undefined || last === undefined) return null;
  return (
    <Card title={t("title")}>
      <p className="max-w-prose">{t("text")}</p>
      <div className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-6 md:grid-cols-2">
        <ReliabilityPlot points={points} />
        <PointsTable points={points} />
      </div>
      <p className="mt-3 max-w-prose text-sm text-muted">
        {t("off", { off: points.filter(isOff).length, count: points.length })}{" "}
        {t("span", { low: percent(first.estimate), high: percent(last.estimate) })}
      </p>
    </Card>
  );
}

function PointsTable({ points }: { points: readonly Point[] }) {
  const t = useTranslations("method.reliability");
  return (
    <table className="w-full self-start text-right text-sm">
      <thead>
        <tr className="border-b border-control">
          {(["x", "found", "files"] as const).map((heading) => (
            <th
              key={heading}
              scope="col"
              className="py-2 pl-2 align-bottom font-semibold first:pl-0 first:text-left"
            >
              {t(heading)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {points.map((point) => (
          <tr key={point.estimate} className="border-b border-line last:border-0">
            <th scope="row" className="py-1.5 text-left font-normal">
              {percent(point.estimate)}
            </th>
            <td className="py-1.5 pl-2">
              <span className="font-medium">{countedShare(point.share)}</span>{" "}
              <span className="whitespace-nowrap text-muted">({percentRange(point.range)})</span>
            </td>
            <td className="py-1.5 pl-2">{point.files}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
