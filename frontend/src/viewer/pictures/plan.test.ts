import { describe, expect, it } from "vitest";

import { evidenceOf } from "@/viewer/evidence/evidence";
import { exampleAnswer } from "@/viewer/example.fixture";

import { cutAround, pictureName, sheetCells, sheetName, spread } from "./plan";

describe("sheetCells", () => {
  it("spreads frames over the file and has every top moment once, in the order of time", () => {
    const samples = Array.from({ length: 40 }, (_, index) => ({
      index,
      timeMs: 100 * index,
      scores: (index < 20 ? { A: 0.2 } : { B: 0.7, A: 0.2 }) as Record<string, number>,
    }));
    const top = (rank: number, timeMs: number) => ({ ...evidenceOf(exampleResult()).tops[0]!, rank, timeMs });
    const cells = sheetCells({ samples, tops: [top(1, 3_900), top(2, 100), top(3, 110)] });
    expect(cells.map(({ timeMs }) => timeMs)).toEqual(
      [...cells.map(({ timeMs }) => timeMs)].sort((one, other) => one - other),
    );
    expect(cells).toHaveLength(13);
    expect(cells[0]).toEqual({ timeMs: 0, letters: ["A"], rank: null });
    expect(cells[1]).toEqual({ timeMs: 100, letters: ["A"], rank: 2 });
    expect(cells.at(-1)).toEqual({ timeMs: 3_900, letters: ["A", "B"], rank: 1 });
  });

  it("shows all frames of a short file, and none of a file without", () => {
    expect(sheetCells(evidenceOf(exampleResult()))).toHaveLength(8);
    expect(sheetCells({ samples: [], tops: [] })).toEqual([]);
  });
});

function exampleResult() {
  const { result } = exampleAnswer();
  if (!result) throw new Error("no result");
  return result;
}

it("spreads from the first to the last", () => {
  expect(spread(5, 3)).toEqual([0, 2, 4]);
  expect(spread(2, 12)).toEqual([0, 1]);
  expect(spread(1, 12)).toEqual([0]);
  expect(spread(0, 12)).toEqual([]);
});

it("cuts a square around a face and stays in the picture", () => {
  const picture = { width: 100, height: 60 };
  expect(cutAround([40, 20, 60, 40], picture)).toEqual({ x: 30, y: 10, width: 40, height: 40 });
  expect(cutAround([0, 0, 20, 20], picture)).toEqual({ x: 0, y: 0, width: 40, height: 40 });
  expect(cutAround([80, 10, 100, 50], picture)).toEqual({ x: 20, y: 0, width: 80, height: 60 });
});

it("names pictures after the file and the time", () => {
  expect(pictureName("clip.mp4", 12_400)).toBe("clip-0m12.4s.png");
  expect(pictureName("a/b:c.mp4", 64_960)).toBe("a_b_c-1m05.0s.png");
  expect(pictureName("photo.jpg", null)).toBe("photo-clean.png");
  expect(sheetName(".mp4")).toBe("picture-contact-sheet.png");
});
