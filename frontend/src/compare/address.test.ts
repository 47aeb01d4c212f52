import { expect, test } from "vitest";

import { addressOf, readChosen, tokenIn, type Chosen } from "./address";

const TOKEN = "aB3_-".repeat(8);

test("what is compared is in the address, and tokens of share links in its fragment alone", () => {
  const pairs: Chosen[] = [
    { a: { id: "one" }, b: { id: "two" } },
    { a: { token: TOKEN }, b: { id: "two" } },
    { a: { token: TOKEN }, b: { token: `${TOKEN}x` } },
    { a: "", b: { token: TOKEN } },
    { a: { id: "one" }, b: "" },
  ];
  for (const chosen of pairs) {
    const address = new URL(addressOf(chosen), "http://localhost");
    expect(readChosen(address.searchParams, address.hash)).toEqual(chosen);
    expect(address.search).not.toContain(TOKEN);
  }
  expect(addressOf(pairs[0]!)).toBe("/compare/?a=one&b=two");
});

test("the token is found in a link as it was copied, and nothing else is taken for one", () => {
  expect(tokenIn(` https://host.example/s/#${TOKEN}\n`)).toBe(TOKEN);
  expect(tokenIn(`https://host.example/s/#${TOKEN}&t=9.7&p=A`)).toBe(TOKEN);
  for (const text of ["", TOKEN, "https://host.example/result/?id=1", "https://host.example/s/#short"])
    expect(tokenIn(text)).toBeNull();
  expect(readChosen(new URLSearchParams("a=one"), "#a=<script>")).toEqual({ a: { id: "one" }, b: "" });
});
