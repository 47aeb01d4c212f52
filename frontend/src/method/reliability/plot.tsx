"use client";

import { scaleLinear } from "d3-scale";
import { useTranslations } from "use-intl";

import { ShareAxes } from "@/ui/share-axes";

import type { Point } from "./points";

const SIDE = 360;
const MARGIN = { left: 48, right: 12, top: 12, bottom: 44 };

const x = scaleLinear([0, 1], [MARGIN.left, SIDE - MARGIN.right]);
const y = scaleLinear([0, 1], [SIDE - MARGIN.bottom, MARGIN.top]);

/** The plot of what was found over what was estimated, against the line where both are the same. */
export function ReliabilityPlot({ points }: { points: readonly Point[] }) {
  const t = useTranslations("method.reliability");
  return (
    <figure>
      <svg
        role="img"
        aria-label={t("chart", { count: points.length })}
        viewBox={`0 0 ${SIDE} ${SIDE}`}
        className="w-full max-w-md text-sm"
      >
        <ShareAxes grid x={x} y={y} below={`${t("x")}, %`} beside={`${t("y")}, %`} />
        <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} stroke="var(--muted)" strokeDasharray="4 4" />
        {points.map((point) => (
          <Mark key={point.estimate} point={point} />
        ))}
      </svg>
      <figcaption aria-hidden className="mt-1 flex items-center gap-2 text-sm text-muted">
        <svg viewBox="0 0 24 4" width={24} height={4}>
          <line x1={0} y1={2} x2={24} y2={2} stroke="var(--muted)" strokeDasharray="4 4" />
        </svg>
        {t("line")}
      </figcaption>
    </figure>
  );
}

function Mark({ point: { estimate, share, range } }: { point: Point }) {
  const at = x(estimate);
  return (
    <g>
      <line x1={at} x2={at} y1={y(range[0])} y2={y(range[1])} stroke="var(--text)" strokeWidth={1.5} />
      <circle cx={at} cy={y(share)} r={4} fill="var(--text)" stroke="var(--surface)" strokeWidth={1.5} />
    </g>
  );
}
