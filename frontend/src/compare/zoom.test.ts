import { expect, it } from "vitest";

import { magnified, moved, WHOLE } from "./zoom";

it("moves by parts of what is seen, and not beyond the picture", () => {
  const near = magnified(WHOLE, 4);
  expect(moved(near, 0.5, 0)).toEqual({ times: 4, x: 0.625, y: 0.5 });
  expect(moved(near, 9, -9)).toEqual({ times: 4, x: 0.875, y: 0.125 });
  expect(moved(WHOLE, 0.5, 0.5)).toEqual(WHOLE);
});

it("comes back to the whole picture", () => {
  expect(magnified(moved(magnified(WHOLE, 8), 2, 1), 1)).toEqual(WHOLE);
});
