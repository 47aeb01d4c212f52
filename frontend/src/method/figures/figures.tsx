"use client";

import { useLocale, useTranslations } from "use-intl";

import type { DatasetFigures, ModelCard } from "@/api/schema";
import { decimal, percent } from "@/i18n/format";
import { ends, isFew, strengthOf } from "@/method/strength";
import { Card } from "@/ui/card";

import { IntervalPlot } from "./interval-plot";
import { useSetName } from "@/i18n/set-name";

/** The figures of every test set: how well it ranks, what it flags rightly and wrongly, how often it says nothing. */
export function Figures({ model }: { model: ModelCard }) {
  const t = useTranslations("method.figures");
  const { datasets: sets, decision_threshold: used, own_threshold: own } = model;
  const headings = ["files", "ranking", "flaggedFake", "flaggedReal", "abstained"] as const;
  return (
    <Card title={t("title")} id="figures">
      <p className="mb-4 max-w-prose">
        {t("text")} {used !== own && t("ownThreshold", { own: percent(own), used: percent(used) })}
      </p>
      <table role="table" className="block w-full text-left text-sm md:table">
        <thead role="rowgroup" className="sr-only md:not-sr-only md:table-header-group">
          <tr role="row" className="md:table-row">
            {(["set", ...headings] as const).map((heading) => (
              <th
                key={heading}
                role="columnheader"
                scope="col"
                className="border-b border-control px-3 py-2 align-bottom font-semibold first:pl-0 last:pr-0"
              >
                {t(heading)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="block md:table-row-group">
          {sets.map((set) => (
            <SetRow key={set.dataset} set={set} />
          ))}
        </tbody>
      </table>
      <p className="mt-3 text-sm text-muted">
        {t("rankingHint")} {t("axis")}
      </p>
    </Card>
  );
}

const CELL = "flex justify-between gap-4 py-0.5 md:table-cell md:px-3 md:py-3 md:align-top";

function SetRow({ set }: { set: DatasetFigures }) {
  const t = useTranslations("method.figures");
  const setName = useSetName();
  const { name, about } = setName(set.dataset);
  const unit = set.unit === "video" ? "video" : "image";
  return (
    <tr role="row" className="block border-b border-line py-3 last:border-0 md:table-row">
      <th
        role="rowheader"
        scope="row"
        className="block pb-2 font-normal md:table-cell md:py-3 md:pr-3 md:align-top"
      >
        <span className="block font-medium">{name}</span>
        {about !== null && <span className="block text-muted">{about}</span>}
      </th>
      <td role="cell" className={CELL}>
        <Label>{t("files")}</Label>
        <span className="text-right whitespace-nowrap md:text-left">
          {t(`units.${unit}`, { fake: set.fake, other: set.real })}
          {isFew(set) && <span className="block text-muted">{t("few")}</span>}
        </span>
      </td>
      <td role="cell" className={CELL}>
        <Label>{t("ranking")}</Label>
        <Ranking set={set} />
      </td>
      <td role="cell" className={CELL}>
        <Label>{t("flaggedFake")}</Label>
        <Share value={set.flagged_fake} files={set.fake} />
      </td>
      <td role="cell" className={CELL}>
        <Label>{t("flaggedReal")}</Label>
        <Share value={set.flagged_real} files={set.real} />
      </td>
      <td role="cell" className={`${CELL} md:pr-0`}>
        <Label>{t("abstained")}</Label>
        <Share value={set.abstained} files={set.fake + set.real} />
      </td>
    </tr>
  );
}

/** A share with the files behind it. None of thirteen is no "less than 1 %", so it is given in files alone. */
function Share({ value, files }: { value: number | null; files: number }) {
  const t = useTranslations("method.figures");
  if (value === null) return <span>{t("none")}</span>;
  const count = Math.round(value * files);
  const counted = t("counted", { count, files });
  if (count === 0 || count === files) return <span className="whitespace-nowrap">{counted}</span>;
  return (
    <span className="text-right md:text-left">
      {percent(value)} <span className="whitespace-nowrap text-muted md:block">{counted}</span>
    </span>
  );
}

/** The column's name where columns are stacked; the heading says it already to screen readers. */
function Label({ children }: { children: string }) {
  return (
    <span aria-hidden className="text-muted md:hidden">
      {children}
    </span>
  );
}

function Ranking({ set }: { set: DatasetFigures }) {
  const t = useTranslations("method.figures");
  const locale = useLocale();
  const figure = (value: number) => decimal(value, 2, locale);
  const range = ends(set.auc_interval);
  const strength = <span className="block font-medium">{t(`strength.${strengthOf(set)}`)}</span>;
  if (set.auc === null) return <span className="max-w-52 text-right md:text-left">{strength}</span>;
  return (
    <span className="block max-w-52 min-w-0 text-right md:text-left">
      {strength}
      <span className="block">
        {figure(set.auc)}{" "}
        {range === null ? (
          <span className="text-muted">({t("noRange")})</span>
        ) : (
          <span className="whitespace-nowrap text-muted">
            ({t("range", { low: figure(range[0]), high: figure(range[1]) })})
          </span>
        )}
      </span>
      <IntervalPlot value={set.auc} range={range} />
    </span>
  );
}
