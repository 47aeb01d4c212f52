import { expect, it } from "vitest";

import { facesAt } from "./persons";

const at = (timestamp_ms: number, left: number) => ({
  timestamp_ms,
  frame_index: 0,
  bbox: [left, 0, left + 10, 10],
});

it("draws of each person the face that is nearest to the picture, and no one who is not there", () => {
  const persons = [
    { person: "A", faces: [at(0, 1), at(400, 2)] },
    { person: "B", faces: [at(5000, 3)] },
  ];
  expect(facesAt(persons, 300)).toMatchObject([{ letter: "A", box: [2, 0, 12, 10], score: null }]);
  expect(facesAt(persons, null).map(({ letter }) => letter)).toEqual(["A", "B"]);
});
