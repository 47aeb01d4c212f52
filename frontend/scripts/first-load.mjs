import { readFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";

/** The most that a first visit to any page may load, in bytes as sent with gzip. */
export const LIMIT_BYTES = 250_000;

// Scripts for browsers without modules, which no supported one loads, do not count.
const LOADED =
  /<script(?![^>]*\snomodule)[^>]*\ssrc="([^"]+)"|<link(?=[^>]*\srel="stylesheet")[^>]*\shref="([^"]+)"/gi;

/**
 * What a first visit loads before a page works: HTML, style sheets and scripts, each gzipped by itself as a server sends it.
 * @param {string} out folder of the built pages
 * @param {string} file the page's HTML in it
 * @returns {Promise<{ bytes: number, files: number }>}
 */
export async function firstLoad(out, file) {
  const html = await readFile(path.join(out, file));
  const found = [...html.toString().matchAll(LOADED)].map(([, script, style]) => script ?? style ?? "");
  const loaded = await Promise.all(
    [...new Set(found)].map((address) => readFile(path.join(out, decodeURI(address.split("?")[0] ?? "")))),
  );
  const bytes = [html, ...loaded].reduce((sum, content) => sum + gzipSync(content).length, 0);
  return { bytes, files: loaded.length + 1 };
}
