import { line, curveStep } from "d3-shape";

import type { Point } from "./evidence";
import { runs } from "./runs";

/** A vertex of a line: time in milliseconds and score. */
export type Vertex = readonly [number, number];
type Scored = Point & { score: number };

/** The points that a line goes through: those with an estimate, in unbroken runs. */
export function scoredRuns(points: readonly Point[], stepMs: number): Scored[][] {
  const scored = points.filter((point): point is Scored => point.score !== null);
  return runs(scored, stepMs);
}

/**
 * The vertices of each unbroken line. A score holds for half a sampling step around its frame, so that a single
 * frame is seen too; nothing leaves the clip.
 */
export function lineVertices(points: readonly Point[], stepMs: number, durationMs: number): Vertex[][] {
  return scoredRuns(points, stepMs).map((part) => {
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
