import { memo, useId } from "react";

import type { Evidence, Lane } from "@/viewer/evidence/evidence";

import { LANE, marksOf, scoreScale, timeScale, type Mark } from "./geometry";
import { lineVertices, presence, stepPath } from "./lines";

/** Samples at least this many CSS pixels apart get a dot each. */
const DOT_ROOM = 10;

type Props = { evidence: Evidence; lane: Lane; width: number; chosen: number | null };

/** A person's scores over time: step line, threshold, numbered moments, and below when the face is on screen. */
export const LanePlot = memo(function LanePlot({ evidence, lane, width, chosen }: Props) {
  const { stepMs, durationMs, threshold } = evidence;
  const x = timeScale(evidence, width);
  const y = scoreScale();
  const path = stepPath(lineVertices(lane.points, stepMs, durationMs), x, y);
  const tops = evidence.tops.filter(({ letter }) => letter === lane.letter);
  const marksHeight = tops.length > 0 ? LANE.marks : 0;
  return (
    <>
      <svg aria-hidden width={width} height={marksHeight + LANE.plot + LANE.presence} className="block">
        <g transform={`translate(0 ${marksHeight})`}>
          <rect width={width} height={LANE.plot} rx="3" className="fill-sunken" />
          <AboveThreshold path={path} y={y(threshold)} width={width} />
          <line
            x2={width}
            y1={y(threshold)}
            y2={y(threshold)}
            className="stroke-muted"
            strokeDasharray="4 4"
          />
          <path
            d={path}
            data-line={lane.letter}
            fill="none"
            className="stroke-text"
            strokeWidth="1.75"
            strokeLinejoin="round"
          />
          {(x(stepMs) - x(0) >= DOT_ROOM || lane.points.length === 1) &&
            lane.points.map(
              ({ sample, timeMs, score }) =>
                score !== null && (
                  <circle
                    key={sample}
                    data-sample={sample}
                    cx={x(timeMs)}
                    cy={y(score)}
                    r="2.25"
                    className="fill-text"
                  />
                ),
            )}
          {presence(lane.points, stepMs, durationMs).map(([from, to]) => (
            <rect
              key={from}
              x={x(from)}
              y={LANE.plot + 4}
              width={Math.max(2, x(to) - x(from))}
              height="4"
              rx="1"
              className="fill-control"
            />
          ))}
        </g>
      </svg>
      {/* Above the playhead, so that it covers no number. */}
      {tops.length > 0 && (
        <svg aria-hidden width={width} height={marksHeight + LANE.plot} className="absolute inset-0 z-20">
          {marksOf(tops, x, width).map((mark) => (
            <MomentMark
              key={mark.top.rank}
              mark={mark}
              y={marksHeight + y(mark.top.score ?? 0)}
              chosen={chosen === mark.top.rank}
            />
          ))}
        </svg>
      )}
    </>
  );
});

/** The part of the line's area that is above the threshold, tinted. */
function AboveThreshold({ path, y, width }: { path: string; y: number; width: number }) {
  const id = useId();
  if (path === "") return null;
  return (
    <>
      <clipPath id={id}>
        <rect width={width} height={Math.max(0, y)} />
      </clipPath>
      {/* Closed by the renderer from end to start: only what is clipped to above the threshold is seen. */}
      <path d={closed(path, y)} clipPath={`url(#${id})`} className="fill-signs" opacity="0.22" />
    </>
  );
}

/** Each run of a path, brought down to `y` at both of its ends. */
function closed(path: string, y: number): string {
  return path
    .split("M")
    .filter((run) => run !== "")
    .map((run) => {
      const start = run.slice(0, run.indexOf(","));
      const end = run.slice(run.lastIndexOf("L") + 1, run.lastIndexOf(","));
      return `M${start},${y}L${run}L${end},${y}Z`;
    })
    .join("");
}

function MomentMark({ mark: { top, x, at }, y, chosen }: { mark: Mark; y: number; chosen: boolean }) {
  return (
    <g data-moment={top.rank} className="cursor-pointer">
      <path
        d={`M${x},18L${at},${LANE.marks + 2}V${y}`}
        fill="none"
        className="stroke-text"
        strokeWidth="1"
        opacity="0.55"
      />
      <circle
        cx={x}
        cy="10"
        r="9"
        className={chosen ? "fill-text stroke-text" : "fill-surface stroke-text"}
        strokeWidth="1.5"
      />
      <text
        x={x}
        y="14"
        textAnchor="middle"
        fontSize="12"
        fontWeight="600"
        className={chosen ? "fill-bg" : "fill-text"}
      >
        {top.rank}
      </text>
    </g>
  );
}
