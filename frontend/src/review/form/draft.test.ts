import { expect, it } from "vitest";

import type { ReviewSeen } from "@/api/schema";

import {
  draftOf,
  EMPTY,
  givenOf,
  missing,
  toggled,
  withAnswer,
  withEnd,
  withPerson,
  withStart,
  type Draft,
} from "./draft";

const SIGNED: Draft = { ...EMPTY, answer: "manipulated", kinds: ["lipsync"], basis: ["visible"] };

it("names what is missing, in the order of the form, and nothing of a whole answer", () => {
  expect(missing(EMPTY)).toEqual(["answer"]);
  expect(missing({ ...EMPTY, answer: "generated", begun: 2 })).toEqual(["kind", "span", "basis"]);
  expect(missing({ ...EMPTY, answer: "authentic" })).toEqual(["basis"]);
  expect(missing({ ...EMPTY, answer: "unknown" })).toEqual([]);
  expect(missing(SIGNED)).toEqual([]);
});

it("wants the original's address, or where it is, of who has found it", () => {
  const found: Draft = { ...SIGNED, basis: ["found_original"] };
  expect(missing(found)).toEqual(["original"]);
  expect(missing({ ...found, note: "In the archive, tape 12." })).toEqual([]);
  expect(missing({ ...found, links: "https://example.org/original" })).toEqual([]);
  expect(missing({ ...found, links: "https://example.org/original\nexample.org" })).toEqual(["link"]);
});

it("drops the kinds that another answer cannot have, and keeps those that it can", () => {
  const voice = withAnswer({ ...SIGNED, kinds: ["lipsync", "voice"] }, "generated");
  expect(voice.kinds).toEqual(["voice"]);
  expect(withAnswer(voice, "unknown").kinds).toEqual([]);
});

it("keeps kinds in the order in which they are chosen", () => {
  expect(toggled(toggled(["voice"], "lipsync"), "voice")).toEqual(["lipsync"]);
  expect(toggled(["voice"], "lipsync")).toEqual(["voice", "lipsync"]);
});

it("makes a span of a beginning and an end, whichever is marked first, in the order of time", () => {
  expect(withEnd(EMPTY, 3)).toEqual(EMPTY);
  const one = withEnd(withStart(EMPTY, 4.70049), 3.2);
  expect(one).toMatchObject({ spans: [{ start: 3.2, end: 4.7 }], begun: null });
  const two = withEnd(withStart(withStart(one, 9), 1), 2);
  expect(two.spans).toEqual([
    { start: 1, end: 2 },
    { start: 3.2, end: 4.7 },
  ]);
});

it("keeps what a correction does not touch, the notes of spans and regions too", () => {
  const spans = [{ start: 1, end: 2, note: "The mouth jumps." }];
  const regions = [
    { selector: "xywh=percent:1,2,3,4", note: "A seam." },
    { selector: "xywh=percent:5,6,7,8", note: null },
  ];
  const review = { ...givenOf({ ...SIGNED, spans, regions }), id: "r" } as unknown as ReviewSeen;
  const corrected = givenOf(withEnd(withStart({ ...draftOf(review), note: "Seen again." }, 5), 6));
  expect(corrected).toMatchObject({ note: "Seen again.", regions, spans: [...spans, { start: 5, end: 6 }] });
});

it("is handed in as the API takes it", () => {
  const draft = withPerson(
    withPerson({ ...SIGNED, note: "  ", links: "https://a.org  https://a.org" }, "A", "authentic"),
    "B",
    "manipulated",
  );
  expect(givenOf(withPerson(draft, "A", null))).toEqual({
    answer: "manipulated",
    kinds: ["lipsync"],
    per_person: { B: "manipulated" },
    spans: [],
    regions: [],
    basis: ["visible"],
    links: ["https://a.org"],
    note: null,
  });
});
