import type { ReviewGiven, ReviewSeen } from "@/api/schema";

export type Value = ReviewGiven["answer"];
export type Kind = ReviewGiven["kinds"][number];
export type Basis = ReviewGiven["basis"][number];
/** A part of a film; the note is one that a program has sent, which the form keeps as it is. */
export type Span = { start: number; end: number; note?: string | null };
/** A part of a picture, as a media fragment; the note as a span's. */
export type Region = { selector: string; note?: string | null };

/** What a reader has filled in so far. Times are seconds from the first frame. */
export type Draft = {
  answer: Value | null;
  /** The most important first. */
  kinds: readonly Kind[];
  perPerson: Readonly<Record<string, Value>>;
  spans: readonly Span[];
  /** Where a span was begun that has no end yet. */
  begun: number | null;
  regions: readonly Region[];
  basis: readonly Basis[];
  /** As it was typed: an address in each line. */
  links: string;
  note: string;
};

/** A part without which an answer is not handed in. */
export type Missing = "answer" | "kind" | "basis" | "span" | "link" | "original";

export const VALUES = ["authentic", "manipulated", "generated", "unknown"] as const;
export const BASES = ["found_original", "visible", "own_record", "context"] as const;
/** The kinds that each answer can have; none says that there are none to choose from. */
export const KINDS_OF: Record<Value, readonly Kind[]> = {
  authentic: ["out_of_context"],
  manipulated: [
    "face_swap",
    "lipsync",
    "reenactment",
    "attributes",
    "retouched",
    "spliced",
    "voice",
    "other",
  ],
  generated: ["generated_image", "generated_video", "voice", "other"],
  unknown: [],
};
export const EMPTY: Draft = {
  answer: null,
  kinds: [],
  perPerson: {},
  spans: [],
  begun: null,
  regions: [],
  basis: [],
  links: "",
  note: "",
};

const ADDRESS = /^https?:\/\/\S+$/;

/** The draft with another answer; kinds that it cannot have go. */
export function withAnswer(draft: Draft, answer: Value): Draft {
  return { ...draft, answer, kinds: draft.kinds.filter((kind) => KINDS_OF[answer].includes(kind)) };
}

/** The draft with what somebody holds one of the persons to be; null is the same as the file. */
export function withPerson(draft: Draft, letter: string, value: Value | null): Draft {
  const others = Object.fromEntries(Object.entries(draft.perPerson).filter(([known]) => known !== letter));
  return { ...draft, perPerson: value === null ? others : { ...others, [letter]: value } };
}

/** A list with something added at its end, or taken away where it was in it. */
export function toggled<T>(list: readonly T[], one: T): readonly T[] {
  return list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
}

/** The draft with a span that begins at `at`; one that has no end yet begins anew. */
export function withStart(draft: Draft, at: number): Draft {
  return { ...draft, begun: rounded(at) };
}

/** The draft with the span that was begun ended at `at`, whichever of both comes first in time; without one unchanged. */
export function withEnd(draft: Draft, at: number): Draft {
  if (draft.begun === null) return draft;
  const [start = 0, end = 0] = [draft.begun, rounded(at)].sort((a, b) => a - b);
  const spans = [...draft.spans, { start, end }].sort((a, b) => a.start - b.start || a.end - b.end);
  return { ...draft, spans, begun: null };
}

/** The addresses that were typed, each once. */
export function linksOf({ links }: Draft): string[] {
  return [...new Set(links.split(/\s+/).filter(Boolean))];
}

/** What is still missing, in the order of the form. */
export function missing(draft: Draft): Missing[] {
  const { answer, kinds, basis, begun, note } = draft;
  const links = linksOf(draft);
  const found: [Missing, boolean][] = [
    ["answer", answer === null],
    ["kind", (answer === "manipulated" || answer === "generated") && kinds.length === 0],
    ["span", begun !== null],
    ["basis", answer !== null && answer !== "unknown" && basis.length === 0],
    ["link", links.some((link) => !ADDRESS.test(link))],
    ["original", basis.includes("found_original") && links.length === 0 && note.trim() === ""],
  ];
  return found.filter(([, is]) => is).map(([what]) => what);
}

/** A draft of which nothing is missing, as the API takes it. */
export function givenOf(draft: Draft): ReviewGiven {
  return {
    answer: draft.answer ?? "unknown",
    kinds: [...draft.kinds],
    per_person: { ...draft.perPerson },
    spans: draft.spans.map((span) => ({ ...span })),
    regions: draft.regions.map((region) => ({ ...region })),
    basis: [...draft.basis],
    links: linksOf(draft),
    note: draft.note.trim() === "" ? null : draft.note.trim(),
  };
}

/** A review as the form has it, to be corrected. */
export function draftOf(review: ReviewSeen): Draft {
  return {
    answer: review.answer,
    kinds: review.kinds,
    perPerson: review.per_person,
    spans: review.spans,
    begun: null,
    regions: review.regions,
    basis: review.basis,
    links: review.links.join("\n"),
    note: review.note ?? "",
  };
}

/** To milliseconds: more than a frame's time says nothing. */
function rounded(seconds: number): number {
  return Math.max(0, Math.round(seconds * 1000) / 1000);
}
