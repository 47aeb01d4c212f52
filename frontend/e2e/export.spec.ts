import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { expect, test } from "@playwright/test";

import { firstLoad, LIMIT_BYTES } from "../scripts/first-load.mjs";
import { WEB_DIR } from "./product";

const pages = readdirSync(WEB_DIR, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".html"))
  .map((file) => ({ file, html: readFileSync(path.join(WEB_DIR, file), "utf8") }));

for (const { file, html } of pages) {
  test(`${file}: budget, policy, and what a page has to say of itself`, async () => {
    expect((await firstLoad(WEB_DIR, file)).bytes).toBeLessThanOrEqual(LIMIT_BYTES);
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
    expect(html).not.toMatch(/\sstyle="|<style|\son[a-z]+="|javascript:/);
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(html).toMatch(/<html[^>]*\slang="en"/);
    expect(html).toMatch(/<title>[^<]+<\/title>/);
    expect(html).toMatch(/<meta name="description" content="[^"]{20,160}"/);
    expect(html).toMatch(/<meta name="viewport" content="width=device-width, initial-scale=1"/);
  });
}

test("every page has a title of its own", () => {
  const titles = pages
    .filter(({ file }) => !/404|not-found/.test(file))
    .map(({ html }) => /<title>([^<]+)/.exec(html)?.[1]);
  expect(new Set(titles).size).toBe(titles.length);
});
