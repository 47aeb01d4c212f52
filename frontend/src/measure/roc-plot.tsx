"use client";

import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { useTranslations } from "use-intl";

import { ShareAxes } from "@/ui/share-axes";

const SIDE = 360;
const MARGIN = { left: 48, right: 12, top: 12, bottom: 44 };

const x = scaleLinear([0, 1], [MARGIN.left, SIDE - MARGIN.right]);
const y = scaleLinear([0, 1], [SIDE - MARGIN.bottom, MARGIN.top]);
const path = line<readonly number[]>()
  .x(([flagged = 0]) => x(flagged))
  .y(([, found = 0]) => y(found));

type Props = { points: readonly (readonly number[])[]; auc: string };

/** Fakes that are flagged over real files that are flagged, for every threshold. */
export function RocPlot({ points, auc }: Props) {
  const t = useTranslations("measure.roc");
  return (
    <svg
      role="img"
      aria-label={t("chart", { auc })}
      viewBox={`0 0 ${SIDE} ${SIDE}`}
      className="w-full max-w-md text-sm"
    >
      <ShareAxes grid x={x} y={y} below={`${t("x")}, %`} beside={`${t("y")}, %`} />
      <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} stroke="var(--muted)" strokeDasharray="4 4" />
      <path d={path(points) ?? undefined} fill="none" stroke="var(--text)" strokeWidth={2} />
    </svg>
  );
}
