import { describe, expect, it } from "vitest";

import { isNarrowed, readQuery, toRequest, WHOLE, writeQuery, type HistoryQuery } from "./query";

const read = (text: string) => readQuery(new URLSearchParams(text));

describe("the address", () => {
  it("keeps what is looked at over a reload", () => {
    const query: HistoryQuery = { search: "a & b=ü?", filter: "no_signs", sort: "estimate", page: 3 };
    expect(read(writeQuery(query))).toEqual(query);
  });

  it("says nothing about the whole list", () => {
    expect(writeQuery(WHOLE)).toBe("");
    expect(read("")).toEqual(WHOLE);
  });

  it("passes over what it does not know", () => {
    expect(read("show=everything&sort=random&page=-2&q=%20")).toEqual(WHOLE);
    expect(read("page=1.5")).toEqual(WHOLE);
    expect(read("page=x")).toEqual(WHOLE);
    expect(read("page=1e99")).toEqual(WHOLE);
  });

  it("takes no more to search for than the server does", () => {
    expect(read(`q=${"x".repeat(500)}`).search).toHaveLength(200);
    expect(read("q=a%00b").search).toBe("ab");
  });
});

describe("toRequest", () => {
  it("requests verdicts and states by their own parameters", () => {
    expect(toRequest(WHOLE)).toEqual({});
    expect(toRequest({ ...WHOLE, filter: "manipulated" })).toEqual({ verdict: ["manipulated"] });
    expect(toRequest({ ...WHOLE, filter: "no_face", sort: "name" })).toEqual({
      verdict: ["no_face"],
      sort: "name",
    });
    expect(toRequest({ ...WHOLE, filter: "failed", search: "clip" })).toEqual({
      state: ["FAILED"],
      search: "clip",
    });
    expect(toRequest({ ...WHOLE, filter: "active" })).toEqual({ state: ["QUEUED", "RUNNING", "PROCESSING"] });
  });
});

it("distinguishes a narrowed list from one in another order", () => {
  expect(isNarrowed({ ...WHOLE, sort: "name", page: 4 })).toBe(false);
  expect(isNarrowed({ ...WHOLE, search: "a" })).toBe(true);
  expect(isNarrowed({ ...WHOLE, filter: "failed" })).toBe(true);
});
