import { curveStep, line } from "d3-shape";

import type { Evidence, Point } from "@/viewer/evidence/evidence";

/** A gap longer than this many sampling steps breaks a line. */
const LONGEST_STEP = 1.5;

/** Split ascending points wherever their times are more than 1.5 sampling steps apart. */
export function runs<P extends { timeMs: number }>(points: readonly P[], stepMs: number): P[][] {
  const parts: P[][] = [];
  for (const point of points) {
    const part = parts.at(-1);
    const before = part?.at(-1);
    if (part && before && point.timeMs - before.timeMs <= LONGEST_STEP * stepMs) part.push(point);
    else parts.push([point]);
  }
  return parts;
}

/** From and to in milliseconds. */
export type Stretch = readonly [number, number];

/** When a person is on screen: each run with half a sampling step at both ends, within the clip. */
export function presence(
  points: readonly { timeMs: number }[],
  stepMs: number,
  durationMs: number,
): Stretch[] {
  return runs(points, stepMs).map((part) => [
    Math.max(0, (part[0]?.timeMs ?? 0) - stepMs / 2),
    Math.min(durationMs, (part.at(-1)?.timeMs ?? 0) + stepMs / 2),
  ]);
}

/** A vertex of a line: time in milliseconds and score. */
export type Vertex = readonly [number, number];

/**
 * The vertices of each unbroken line; none of scores that are withheld. A score holds for half a sampling step around its frame, so that a single
 * frame is seen too; nothing leaves the clip.
 */
export function lineVertices(points: readonly Point[], stepMs: number, durationMs: number): Vertex[][] {
  const scored = points.flatMap(({ timeMs, score }) => (score === null ? [] : [{ timeMs, score }]));
  return runs(scored, stepMs).map((part) => {
    const [first, last] = [part[0], part.at(-1)];
    const inner = part.map(({ timeMs, score }): Vertex => [timeMs, score]);
    if (!first || !last) return inner;
    return [
      [Math.max(0, first.timeMs - stepMs / 2), first.score],
      ...inner,
      [Math.min(durationMs, last.timeMs + stepMs / 2), last.score],
    ];
  });
}

type Scale = (value: number) => number;

/** The SVG path of a lane's step line. */
export function stepPath(vertices: readonly Vertex[][], x: Scale, y: Scale): string {
  const draw = line<Vertex>(
    ([time]) => x(time),
    ([, score]) => y(score),
  )
    .curve(curveStep)
    .digits(2);
  return vertices.map((part) => draw(part) ?? "").join("");
}

/** A row of the table: a sampled frame with a cell per lane; undefined where the person was not seen, null where the score is withheld. */
export type Row = { sample: number; timeMs: number; cells: readonly (number | null | undefined)[] };

/** The timeline's data in rows: every sampled frame, the persons in the order of the lanes. */
export function tableRows({ samples, lanes }: Pick<Evidence, "samples" | "lanes">): Row[] {
  return samples.map(({ index, timeMs, scores }) => ({
    sample: index,
    timeMs,
    cells: lanes.map(({ letter }) => scores[letter]),
  }));
}
