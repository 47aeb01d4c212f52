"use client";

import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import { useTranslations } from "use-intl";

import type { PreviewRates } from "@/api/schema";
import { ShareAxes } from "@/ui/share-axes";

const [WIDTH, HEIGHT] = [400, 240];
const MARGIN = { left: 44, right: 12, top: 12, bottom: 44 };
const RATES = ["false_alarms", "misses"] as const;
const LOOK = {
  false_alarms: { stroke: "var(--signs)", dash: undefined },
  misses: { stroke: "var(--nosigns)", dash: "7 4" },
};

const x = scaleLinear([0, 1], [MARGIN.left, WIDTH - MARGIN.right]);
const y = scaleLinear([0, 1], [HEIGHT - MARGIN.bottom, MARGIN.top]);

type Props = { curve: readonly PreviewRates[]; threshold: number };
type Rate = (typeof RATES)[number];

/** False alarms and misses over all thresholds, with their intervals, and where the rule's threshold is. */
export function RatesPlot({ curve, threshold }: Props) {
  const t = useTranslations("policies.rates");
  const shown = (rate: Rate) => curve.filter((point) => point[rate].share !== null);
  const path = (rate: Rate) =>
    line<PreviewRates>()
      .x((point) => x(point.threshold))
      .y((point) => y(point[rate].share ?? 0))(shown(rate)) ?? undefined;
  const room = (rate: Rate) =>
    area<PreviewRates>()
      .x((point) => x(point.threshold))
      .y0((point) => y(point[rate].interval?.[0] ?? 0))
      .y1((point) => y(point[rate].interval?.[1] ?? 1))(shown(rate)) ?? undefined;
  return (
    <figure>
      <svg role="img" aria-label={t("chart")} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="w-full max-w-xl">
        <ShareAxes x={x} y={y} below={t("x")} beside={t("y")} />
        {RATES.map((rate) => (
          <g key={rate}>
            <path d={room(rate)} fill={LOOK[rate].stroke} fillOpacity={0.1} />
            <path
              d={path(rate)}
              fill="none"
              stroke={LOOK[rate].stroke}
              strokeWidth={2}
              strokeDasharray={LOOK[rate].dash}
            />
          </g>
        ))}
        <line x1={x(threshold)} x2={x(threshold)} y1={y(0)} y2={y(1)} stroke="var(--text)" strokeWidth={2} />
      </svg>
      <figcaption className="mt-1 flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted">
        {RATES.map((rate) => (
          <span key={rate} className="inline-flex items-center gap-2">
            <svg aria-hidden viewBox="0 0 24 4" width={24} height={4}>
              <line
                x1={0}
                x2={24}
                y1={2}
                y2={2}
                strokeWidth={3}
                stroke={LOOK[rate].stroke}
                strokeDasharray={LOOK[rate].dash}
              />
            </svg>
            {t(rate)}
          </span>
        ))}
        <span>{t("shaded")}</span>
      </figcaption>
    </figure>
  );
}
