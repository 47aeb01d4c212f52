"use client";

import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { useTranslations } from "use-intl";

const SIDE = 360;
const MARGIN = { left: 48, right: 12, top: 12, bottom: 44 };
const TICKS = [0, 0.25, 0.5, 0.75, 1];

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
      <g fontSize={12} fill="var(--muted)">
        {TICKS.map((tick) => (
          <g key={tick}>
            <line x1={x(tick)} x2={x(tick)} y1={y(0)} y2={y(1)} stroke="var(--line)" />
            <line x1={x(0)} x2={x(1)} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
            <text x={x(tick)} y={y(0) + 16} textAnchor={tick === 1 ? "end" : "middle"}>
              {100 * tick}
            </text>
            <text x={x(0) - 8} y={y(tick) + 4} textAnchor="end">
              {100 * tick}
            </text>
          </g>
        ))}
        <text x={(x(0) + x(1)) / 2} y={SIDE - 8} textAnchor="middle">
          {`${t("x")}, %`}
        </text>
        <text
          x={12}
          y={(y(0) + y(1)) / 2}
          textAnchor="middle"
          transform={`rotate(-90 12 ${(y(0) + y(1)) / 2})`}
        >
          {`${t("y")}, %`}
        </text>
      </g>
      <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} stroke="var(--muted)" strokeDasharray="4 4" />
      <path d={path(points) ?? undefined} fill="none" stroke="var(--text)" strokeWidth={2} />
    </svg>
  );
}
