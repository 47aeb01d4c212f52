import { expect, it } from "vitest";

import { canvasOf, regionOf, selectorOf } from "./regions";

it("writes a region as a media fragment, and reads it again", () => {
  const canvas = canvasOf({ width: 640, height: 360 });
  expect(canvas.height).toBe(2000);
  const selector = selectorOf([canvas.width / 4, 500, canvas.width / 2, 1500], canvas, 3.2);
  expect(selector).toBe("t=3.200&xywh=percent:25,25,25,50");
  expect(regionOf(selector)).toEqual({ seconds: 3.2, percent: [25, 25, 50, 75] });
  expect(regionOf(selectorOf([0, 0, 1000, 2000], { width: 2000, height: 2000 }, null))).toEqual({
    seconds: null,
    percent: [0, 0, 50, 100],
  });
  expect(regionOf("xywh=pixel:1,2,3,4")).toBeNull();
});
