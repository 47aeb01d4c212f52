import { expect, it } from "vitest";

import { readQuery, toRequest, WHOLE, writeQuery } from "./query";

const read = (text: string) => readQuery(new URLSearchParams(text));

it("is the same after it was written to an address and read again", () => {
  const query = { q: 'verdict:manipulated "a b" -label:any', sort: "score", trail: ["c1", "c2=="] } as const;
  expect(read(writeQuery(query))).toEqual(query);
  expect(writeQuery(WHOLE)).toBe("");
});

it("asks for the page that the last cursor names", () => {
  expect(toRequest(read("?q=people%3E1&after=one&after=two"))).toEqual({
    q: "people>1",
    cursor: "two",
    limit: 50,
  });
});

it("ignores what it does not know, and keeps an address short", () => {
  expect(read("?sort=colour&page=3")).toEqual(WHOLE);
  const far = Array.from({ length: 40 }, (_, place) => `c${place}`);
  const { trail } = read(writeQuery({ ...WHOLE, trail: far }));
  expect([trail.length, trail.at(-1)]).toEqual([12, "c39"]);
});
