import { expect, it } from "vitest";

import { completed } from "./answers.fixture";
import { namedFiles } from "./named-files";

it("takes the addresses that have the shape that they should have", () => {
  const addresses = [
    { url: "https://cdn.example/clip.mp4", kind: "video" },
    { url: "javascript:alert(1)", kind: "video" },
    { url: "https://cdn.example/a", kind: "other" },
    null,
  ];
  const error = { error_code: "URL_IS_A_PAGE", message: "", details: { addresses } };
  expect(namedFiles(completed(null, { error }))).toEqual([addresses[0]]);
  expect(namedFiles(completed(null, { error: { ...error, details: null } }))).toEqual([]);
});
