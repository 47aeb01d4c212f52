// What a first visit loads of the built pages: HTML, style sheets and scripts, as a server sends them with gzip.
// Exits with 1 when a page is over the limit; prints a line and leaves it at that where nothing is built.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";

const OUT = path.resolve(import.meta.dirname, "../out");
const LIMIT_KB = 250;
const PAGES = { "/": "index.html", "/result/": "result/index.html" };
// Scripts for browsers without modules, which no supported one loads, do not count.
const LOADED =
  /<script(?![^>]*\snomodule)[^>]*\ssrc="([^"]+)"|<link(?=[^>]*\srel="stylesheet")[^>]*\shref="([^"]+)"/gi;

if (!existsSync(path.join(OUT, PAGES["/"]))) {
  process.stdout.write("nothing is built: make web\n");
} else {
  for (const [page, file] of Object.entries(PAGES)) {
    const html = await readFile(path.join(OUT, file));
    const found = [...html.toString().matchAll(LOADED)].map(([, script, style]) => script ?? style);
    const loaded = await Promise.all(
      [...new Set(found)].map((address) => readFile(path.join(OUT, decodeURI(address.split("?")[0])))),
    );
    const bytes = [html, ...loaded].reduce((sum, content) => sum + gzipSync(content).length, 0);
    const over = bytes > 1000 * LIMIT_KB;
    process.stdout.write(
      `${page}  ${(bytes / 1000).toFixed(0)} kB in ${loaded.length + 1} files, limit ${LIMIT_KB} kB${over ? ": OVER" : ""}\n`,
    );
    if (over) process.exitCode = 1;
  }
}
