import { expect, it } from "vitest";

import { ALL, readQuery, toRequest, writeQuery } from "./query";

it("reads what it writes", () => {
  const query = { since: "2026-11-29", actor: "0b7c1f0e-5f0e", kind: "job", subject: "a-1" } as const;
  expect(readQuery(new URLSearchParams(writeQuery(query)))).toEqual(query);
  expect(writeQuery(ALL)).toBe("");
});

it.each(["media", "recheck", "evaluation"] as const)("keeps what happened to a %s apart", (kind) => {
  expect(toRequest(readQuery(new URLSearchParams({ action: kind })))).toEqual({ action: kind });
});

it("ignores what the server would refuse", () => {
  const params = new URLSearchParams({ since: "2026-13-40", actor: "Ada", action: "login", subject: "a b" });
  expect(readQuery(params)).toEqual(ALL);
});

it("asks for entries from the beginning of the day where the reader is", () => {
  expect(toRequest({ ...ALL, since: "2026-11-29" })).toEqual({
    since: new Date(2026, 10, 29).toISOString(),
  });
});
