import { expect, test } from "vitest";

import type { AnalysisResult } from "@/api/schema";
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

test("a moment's map is of its face's trace where file and person are flagged", () => {
  const { result } = exampleAnswer();
  const moments = result?.top_k_suspicious.map((moment) => ({ ...moment, trace: "generation" as const }));
  const flagged = result?.tracks.map((person) => ({ ...person, verdict: "manipulated" as const }));
  const traces = (more: object) =>
    example({ top_k_suspicious: moments, ...more }).tops.map((top) => top.trace);
  expect(traces({ tracks: flagged?.map((person) => ({ ...person, trace: "blending" })) })).toEqual([
    "generation",
    "generation",
  ]);
  expect(traces({ tracks: flagged, verdict: "no_signs" })).toEqual([null, null]);
});

test("gives no score where a person's estimate is withheld: not in boxes, timeline, table or moments", () => {
  const { result } = exampleAnswer();
  const tracks = result?.tracks.map((person) =>
    person.person === "B" ? { ...person, verdict: "inconclusive" as const, final_score: null } : person,
  );
  const evidence = evidenceOf({ ...result, tracks } as AnalysisResult);
  expect(evidence.lanes.find(({ letter }) => letter === "B")).toMatchObject({ estimate: null });
  expect(evidence.samples[0]?.scores).toEqual({ A: 0.3, B: null });
  expect(evidence.faces[0]?.find(({ letter }) => letter === "B")?.score).toBeNull();
  expect(evidence.tops.map(({ score }) => score)).toEqual([null, null]);
});

test("keeps the line of a video that is too mixed to say, but not the score of such a photo", () => {
  const { result } = exampleAnswer();
  const tracks = result?.tracks.map((person) => ({ ...person, verdict: "inconclusive" as const }));
  const mixed = { ...result, tracks } as AnalysisResult;
  expect(evidenceOf(mixed).lanes[0]).toMatchObject({ estimate: null });
  expect(evidenceOf(mixed).samples[0]?.scores.B).toBe(0.6);
  const photo = { ...mixed, media: { ...mixed.media, type: "image" as const } };
  expect(evidenceOf(photo).samples[0]?.scores.B).toBeNull();
});
