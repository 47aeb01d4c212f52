import { describe, expect, it } from "vitest";

import { WHOLE } from "@/history/query";
import { row } from "@/history/row.fixture";

import { select } from "./select";

const ids = (rows: { id: string }[]) => rows.map(({ id }) => id).join("");
const at = (hour: number) => `2026-03-01T${String(hour).padStart(2, "0")}:00:00Z`;

const LIST = [
  row({ id: "a", name: "Zoo.mp4", createdAt: at(1), verdict: "manipulated", estimate: 0.9 }),
  row({ id: "b", name: "apple.jpg", createdAt: at(3), verdict: "no_signs", estimate: 0.05 }),
  row({ id: "c", name: "zebra.jpg", createdAt: at(2), verdict: "inconclusive", estimate: null }),
  row({ id: "d", name: "pear.mp4", createdAt: at(4), state: "FAILED", verdict: null, estimate: null }),
  row({ id: "e", name: "plum.mp4", createdAt: at(5), state: "PROCESSING", verdict: null, estimate: null }),
  row({ id: "f", name: "fig.mp4", createdAt: at(6), state: "CANCELLED", verdict: null, estimate: null }),
  row({ id: "g", name: "none.jpg", createdAt: at(7), verdict: "no_face", estimate: null }),
];

describe("select", () => {
  it("sorts by time, name and estimate; without an estimate last", () => {
    expect(ids(select(LIST, WHOLE).rows)).toBe("gfedbca");
    expect(ids(select(LIST, { ...WHOLE, sort: "oldest" }).rows)).toBe("acbdefg");
    expect(ids(select(LIST, { ...WHOLE, sort: "name" }).rows)).toBe("bfgdeca");
    expect(ids(select(LIST, { ...WHOLE, sort: "estimate" }).rows)).toBe("abgfedc");
  });

  it("counts what each chip would show, among what is searched for", () => {
    expect(select(LIST, { ...WHOLE, filter: "failed" }).tally).toEqual({
      all: 7,
      manipulated: 1,
      inconclusive: 1,
      no_signs: 1,
      no_face: 1,
      failed: 1,
      active: 1,
    });
    expect(select(LIST, { ...WHOLE, search: "Z" }).tally.all).toBe(2);
  });

  it("shows what the chip says", () => {
    for (const [filter, id] of [
      ["manipulated", "a"],
      ["inconclusive", "c"],
      ["no_face", "g"],
      ["failed", "d"],
      ["active", "e"],
    ] as const) {
      expect(ids(select(LIST, { ...WHOLE, filter }).rows)).toBe(id);
    }
  });

  it("gives one page and how many there are in all", () => {
    const many = Array.from({ length: 45 }, (_, index) => row({ id: String(index) }));
    const last = select(many, { ...WHOLE, page: 3 });
    expect([last.rows.length, last.total]).toEqual([5, 45]);
  });
});
