import { expect, test } from "vitest";

import { linkIn, named } from "./drop-and-paste";

test("pasted pictures get names of their own, other files keep theirs", () => {
  const at = new Date(2026, 0, 2, 9, 5, 7);
  expect(named(new File(["x"], "image.png"), at).name).toBe("pasted-09-05-07.png");
  expect(named(new File(["x"], "holiday.png"), at).name).toBe("holiday.png");
});

test("only whole addresses are links", () => {
  expect(linkIn(" https://example.org/a.jpg\n")).toBe("https://example.org/a.jpg");
  for (const text of [
    "example.org/a.jpg",
    "ftp://example.org/a",
    "see https://example.org/a.jpg",
    "https://",
    "",
  ])
    expect(linkIn(text)).toBeNull();
});
