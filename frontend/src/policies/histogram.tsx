"use client";

import { scaleLinear } from "d3-scale";
import { useId } from "react";
import { useTranslations } from "use-intl";

import type { PolicyRule, PreviewBin } from "@/api/schema";
import { SharesBelow } from "@/ui/share-axes";

const [WIDTH, HEIGHT] = [400, 220];
const MARGIN = { left: 44, right: 12, top: 24, bottom: 44 };
const VERDICTS = ["no_signs", "inconclusive", "manipulated"] as const;

const x = scaleLinear([0, 1], [MARGIN.left, WIDTH - MARGIN.right]);

type Props = { bins: readonly PreviewBin[]; rule: PolicyRule };

/** How many of the workspace's files have which estimate, by verdict, under the rule's threshold and band. */
export function Histogram({ bins, rule }: Props) {
  const t = useTranslations("policies.histogram");
  const hatch = useId();
  const highest = Math.max(1, ...bins.map((bin) => bin.no_signs + bin.inconclusive + bin.manipulated));
  const y = scaleLinear([0, highest], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const fills = { no_signs: "var(--nosigns)", inconclusive: `url(#${hatch})`, manipulated: "var(--signs)" };
  return (
    <figure>
      <svg role="img" aria-label={t("chart")} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="w-full max-w-xl">
        <Hatch id={hatch} />
        <rect
          x={x(rule.abstain_low)}
          y={MARGIN.top}
          width={x(rule.abstain_high) - x(rule.abstain_low)}
          height={y(0) - MARGIN.top}
          fill="var(--unclear-tint)"
        />
        <line x1={x(0)} x2={x(1)} y1={y(0)} y2={y(0)} stroke="var(--control)" />
        {bins.map((bin) => {
          let below = 0;
          return VERDICTS.map((verdict) => {
            const [from, to] = [below, below + bin[verdict]];
            below = to;
            return to === from ? null : (
              <rect
                key={`${bin.low} ${verdict}`}
                x={x(bin.low) + 0.5}
                width={Math.max(1, x(bin.high) - x(bin.low) - 1)}
                y={y(to)}
                height={y(from) - y(to)}
                fill={fills[verdict]}
                stroke={verdict === "inconclusive" ? "var(--unclear)" : undefined}
              />
            );
          });
        })}
        <line
          x1={x(rule.threshold)}
          x2={x(rule.threshold)}
          y1={MARGIN.top - 4}
          y2={y(0)}
          stroke="var(--text)"
          strokeWidth={2}
        />
        <g fontSize={12} fill="var(--muted)">
          <text
            x={x(rule.threshold)}
            y={MARGIN.top - 9}
            textAnchor={rule.threshold > 0.85 ? "end" : rule.threshold < 0.15 ? "start" : "middle"}
            fill="var(--text)"
          >
            {t("threshold")}
          </text>
          {[0, highest].map((tick) => (
            <text key={tick} x={x(0) - 8} y={y(tick) + 4} textAnchor="end">
              {tick}
            </text>
          ))}
        </g>
        <SharesBelow x={x} bottom={y(0)} title={t("x")} />
      </svg>
      <figcaption className="mt-1 flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted">
        {VERDICTS.map((verdict) => (
          <span key={verdict} className="inline-flex items-center gap-2">
            <svg aria-hidden viewBox="0 0 14 14" width={14} height={14}>
              <rect
                width={14}
                height={14}
                fill={fills[verdict]}
                stroke={verdict === "inconclusive" ? "var(--unclear)" : undefined}
              />
            </svg>
            {t(`verdict.${verdict}`)}
          </span>
        ))}
        <span className="inline-flex items-center gap-2">
          <svg aria-hidden viewBox="0 0 14 14" width={14} height={14}>
            <rect width={14} height={14} fill="var(--unclear-tint)" stroke="var(--line)" />
          </svg>
          {t("band")}
        </span>
      </figcaption>
    </figure>
  );
}

function Hatch({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={id} width={5} height={5} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width={5} height={5} fill="var(--surface)" />
        <line x1={0} x2={0} y1={0} y2={5} stroke="var(--unclear)" strokeWidth={3} />
      </pattern>
    </defs>
  );
}
