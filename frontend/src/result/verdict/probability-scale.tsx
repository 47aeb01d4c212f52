"use client";

import { useId } from "react";
import { useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { percent } from "@/i18n/format";
import { labelOf } from "@/ui/verdict";
import { signOf, VERDICT_TEXT } from "@/ui/verdict-mark";

import { scaleMarks, type ScaleMarks, type Stretch } from "./scale";
import { useFigures } from "./use-figures";
import { useVerdictWords } from "./use-verdict-words";

const AXIS = 38; // y of the axis in pixels; labels of the band above it, of threshold and ends below

/** Estimate, interval, threshold and abstain band on one line from 0 to 100. Without a verdict there is no point. */
export function ProbabilityScale({ result }: { result: AnalysisResult }) {
  const t = useTranslations("result.scale");
  const marks = scaleMarks(result);
  const { threshold } = useFigures(result);
  return (
    <figure>
      <div className="px-2">
        <svg role="img" aria-label={useScaleName(result)} className="h-20 w-full overflow-visible text-sm">
          <Band band={marks.band} label={t("unclear")} />
          <Axis threshold={marks.threshold} lowest={marks.lowest} label={t("unreached")} />
          <Threshold at={marks.threshold} label={t("threshold", { value: threshold })} />
          <g className={VERDICT_TEXT[signOf(result.verdict, labelOf(result))]}>
            <Interval interval={marks.interval} />
            <Point point={marks.point} />
          </g>
        </svg>
      </div>
      <figcaption className="text-sm text-muted">
        {t("caption")}. <Legend marks={marks} />
      </figcaption>
    </figure>
  );
}

function useScaleName(result: AnalysisResult): string {
  const t = useTranslations("result.scale");
  const { heading, second } = useVerdictWords(result);
  const { threshold, ends } = useFigures(result);
  const name = t("name", {
    verdict: /[.?!]$/.test(heading) ? heading : `${heading}.`,
    detail: result.predicted_manipulation === null ? (second ?? "") : "",
    threshold,
  });
  const about = scaleMarks(result).band === null ? "" : t("band", { low: ends[0], high: ends[1] });
  return `${name} ${about}`.replace(/\s+/g, " ").trim();
}

/** What the signs on the scale mean, as far as they are drawn. */
function Legend({ marks }: { marks: ScaleMarks }) {
  const t = useTranslations("result.scale");
  const signs = [
    ...(marks.point === null ? [] : [t("legend.point")]),
    ...(marks.interval === null ? [] : [t("legend.interval")]),
    ...(marks.band === null ? [] : [t("legend.band")]),
    ...(marks.lowest === null ? [] : [t("legend.lowest", { lowest: percent(marks.lowest / 100) })]),
  ];
  return <>{signs.join(" ")}</>;
}

/** At least this much of the scale is needed to write in it, in percent. */
const WRITABLE = 25;

type AxisProps = { threshold: number; lowest: number | null; label: string };

/** The part that the model cannot reach is dashed. The ends are left unnamed where the threshold needs the place for its own name. */
function Axis({ threshold, lowest, label }: AxisProps) {
  const from = lowest ?? 0;
  const ticks = [0, 25, 50, 75, 100].filter((tick) => tick === 0 || tick >= from);
  return (
    <g stroke="var(--control)" strokeWidth="2">
      <line x1={`${from}%`} x2="100%" y1={AXIS} y2={AXIS} />
      {from > 0 && <line x1="0" x2={`${from}%`} y1={AXIS} y2={AXIS} strokeDasharray="2 5" />}
      {ticks.map((x) => (
        <line key={x} x1={`${x}%`} x2={`${x}%`} y1={AXIS - 4} y2={AXIS + 4} />
      ))}
      <AxisWords {...{ threshold, lowest, label }} />
    </g>
  );
}

function AxisWords({ threshold, lowest, label }: AxisProps) {
  return (
    <g stroke="none">
      {lowest !== null && lowest >= WRITABLE && (
        <text x={`${lowest / 2}%`} y={AXIS - 10} textAnchor="middle" fill="var(--muted)">
          {label}
        </text>
      )}
      {threshold >= 15 && (
        <text x="0" y={AXIS + 34} textAnchor="start" fill="var(--muted)">
          0
        </text>
      )}
      {threshold <= 85 && (
        <text x="100%" y={AXIS + 34} textAnchor="end" fill="var(--muted)">
          100
        </text>
      )}
    </g>
  );
}

function Band({ band, label }: { band: Stretch | null; label: string }) {
  const hatching = useId();
  if (band === null) return null;
  return (
    <g className="text-unclear">
      <defs>
        <pattern
          id={hatching}
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <line x1="0" x2="0" y1="0" y2="6" stroke="currentColor" strokeWidth="2" opacity="0.55" />
        </pattern>
      </defs>
      <rect x={`${band.from}%`} width={`${band.width}%`} y={AXIS - 13} height="26" fill="var(--surface)" />
      <rect
        x={`${band.from}%`}
        width={`${band.width}%`}
        y={AXIS - 13}
        height="26"
        fill={`url(#${hatching})`}
        stroke="currentColor"
      />
      <text x={`${band.from + band.width / 2}%`} y={AXIS - 22} textAnchor="middle" fill="currentColor">
        {label}
      </text>
    </g>
  );
}

function Threshold({ at, label }: { at: number; label: string }) {
  // Near the right end the label is set to the left of its tick, so that it stays on the page.
  return (
    <g>
      <line x1={`${at}%`} x2={`${at}%`} y1={AXIS - 18} y2={AXIS + 20} stroke="var(--text)" strokeWidth="2" />
      <text
        x={`${at}%`}
        y={AXIS + 34}
        textAnchor={at > 75 ? "end" : at < 25 ? "start" : "middle"}
        fill="var(--text)"
      >
        {label}
      </text>
    </g>
  );
}

function Interval({ interval }: { interval: ScaleMarks["interval"] }) {
  if (interval === null) return null;
  const ends = { from: interval.from, to: interval.from + interval.width };
  return (
    <g stroke="var(--surface)" strokeWidth="2" paintOrder="stroke">
      <rect
        x={`${interval.from}%`}
        width={`${Math.max(interval.width, 0.4)}%`}
        y={AXIS - 4}
        height="8"
        fill="currentColor"
      />
      {Object.entries(ends).map(([name, end]) => (
        <rect
          key={name}
          x={`${end}%`}
          width="3"
          y={AXIS - 11}
          height="22"
          transform="translate(-1.5)"
          fill="currentColor"
        />
      ))}
    </g>
  );
}

function Point({ point }: { point: number | null }) {
  if (point === null) return null;
  return (
    <circle cx={`${point}%`} cy={AXIS} r="6.5" fill="currentColor" stroke="var(--surface)" strokeWidth="2" />
  );
}
