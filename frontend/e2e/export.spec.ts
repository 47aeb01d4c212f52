import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

import { WEB_DIR } from "./product";
import { expect, test } from "@playwright/test";

const START_BYTES = 235_000;
const PAGE_BYTES = 250_000;

const pages = readdirSync(WEB_DIR, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".html"))
  .map((file) => ({ file, html: readFileSync(path.join(WEB_DIR, file), "utf8") }));

/** What a browser of today loads before the page works: scripts without `nomodule`, gzipped one by one. */
function firstLoad(html: string): number {
  return [...html.matchAll(/<script\b[^>]*\bsrc="([^"]+)"[^>]*>/g)]
    .filter(([tag]) => !/\bnomodule\b/i.test(tag))
    .map(
      ([, source = ""]) =>
        gzipSync(readFileSync(path.join(WEB_DIR, decodeURI(source.split("?")[0] ?? ""))), { level: 6 })
          .length,
    )
    .reduce((sum, bytes) => sum + bytes, 0);
}

for (const { file, html } of pages) {
  test(`${file}: budget, policy, and what a page has to say of itself`, () => {
    expect(firstLoad(html)).toBeLessThanOrEqual(file === "index.html" ? START_BYTES : PAGE_BYTES);
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
