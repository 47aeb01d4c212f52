import { expect, test } from "vitest";

import { evidenceOf, type Evidence } from "@/viewer/evidence/evidence";
import { exampleAnswer } from "@/viewer/example.fixture";

import { lineVertices, presence, runs, tableRows } from "./lines";

function example(more = {}): Evidence {
  const { result } = exampleAnswer(more);
  const evidence = result && evidenceOf(result);
  if (!evidence) throw new Error("no evidence");
  return evidence;
}

const at = (...times: number[]) => times.map((timeMs) => ({ timeMs }));

test("a line breaks only where a gap is longer than one and a half steps", () => {
  expect(runs(at(0, 100, 250, 401), 100)).toEqual([at(0, 100, 250), at(401)]);
});

test("a person is on screen half a step around each run, within the clip", () => {
  expect(presence(at(20, 120, 500), 100, 520)).toEqual([
    [0, 170],
    [450, 520],
  ]);
});

test("the table has exactly the points of the lines, and nothing where a person is away", () => {
  const evidence = example();
  const rows = tableRows(evidence);
  evidence.lanes.forEach(({ points }, column) => {
    const written = rows.flatMap(({ timeMs, cells }) => {
      const score = cells[column];
      return typeof score === "number" ? [[timeMs, score]] : [];
    });
    expect(written).toEqual(points.map(({ timeMs, score }) => [timeMs, score]));
  });
  expect(rows[4]?.cells[0]).toBeUndefined();
});

test("lines break where a person is away, and stay within the clip", () => {
  const { lanes, stepMs, durationMs } = example();
  const [away = [], present = []] = lanes.map(({ points }) => lineVertices(points, stepMs, durationMs));
  expect(away.map((part) => [part[0]?.[0], part.at(-1)?.[0]])).toEqual([
    [0, 1250],
    [2750, 3750],
  ]);
  expect(present.map((part) => [part[0]?.[0], part.at(-1)?.[0]])).toEqual([[0, 3750]]);
});

test("512 evenly spaced samples are one line", () => {
  const timeline = Array.from({ length: 512 }, (_, i) => ({ timestamp_ms: 350 * i, scores: { B: 0.5 } }));
  const { lanes, stepMs, durationMs } = example({ timeline });
  expect(lineVertices(lanes[0]?.points ?? [], stepMs, durationMs)).toHaveLength(1);
});
