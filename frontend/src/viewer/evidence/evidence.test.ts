import { expect, test } from "vitest";

import { exampleAnswer } from "@/viewer/example.fixture";

import { evidenceOf, type Evidence } from "./evidence";

function example(more = {}): Evidence {
  const { result } = exampleAnswer(more);
  const evidence = result && evidenceOf(result);
  if (!evidence) throw new Error("no evidence");
  return evidence;
}

test("a result is arranged by persons in the server's order, with the sampling of the clip", () => {
  const evidence = example();
  expect(evidence.lanes.map(({ letter }) => letter)).toEqual(["B", "A"]);
  expect(evidence).toMatchObject({ stepMs: 500, frameMs: 40, durationMs: 4000, threshold: 0.65 });
});

test("faces lie at their sample, numbered where they are a top moment", () => {
  const { faces } = example();
  expect(faces[0]).toEqual([
    { letter: "B", box: [60, 10, 80, 35], score: 0.6, rank: 2 },
    { letter: "A", box: [5, 10, 25, 35], score: 0.3, rank: null },
  ]);
  expect(faces[4]?.map(({ letter }) => letter)).toEqual(["A"]);
});

test("a person whose evidence is too weak has no estimate, however high their frames score", () => {
  const { tracks } = exampleAnswer().result ?? { tracks: [] };
  const weak = tracks.map((track) => ({ ...track, verdict: "inconclusive" as const, final_score: null }));
  expect(example({ tracks: weak }).lanes.map(({ estimate }) => estimate)).toEqual([null, null]);
});

test("a photo, a single sample and 512 samples are all arranged", () => {
  const media = {
    type: "image",
    format: "jpeg",
    codec: "jpeg",
    width: 9,
    height: 9,
    duration_ms: 0,
    frame_count: 1,
    size_bytes: 1,
  };
  expect(example({ media, timeline: [{ timestamp_ms: 0, scores: { B: 0.6 } }] })).toMatchObject({
    kind: "image",
    stepMs: 40,
  });
  const timeline = Array.from({ length: 512 }, (_, i) => ({ timestamp_ms: 350 * i, scores: { B: 0.5 } }));
  const long = example({ timeline });
  expect(long.durationMs).toBe(178_850);
});
