// After `next build`: inline scripts become files, so that one Content-Security-Policy without hashes or
// 'unsafe-inline' holds for every page on any server (docs/adr/0009). Fails when a page has inline styles.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";

const OUT = path.resolve(import.meta.dirname, "../out");
const FOLDER = "_next/static/inline";
const INLINE = /<script(?![^>]*\ssrc=)([^>]*)>([\s\S]*?)<\/script>/g;

await mkdir(path.join(OUT, FOLDER), { recursive: true });
const pages = (await readdir(OUT, { recursive: true })).filter((file) => file.endsWith(".html"));
for (const page of pages) {
  const file = path.join(OUT, page);
  const html = await readFile(file, "utf8");
  const styled = html.match(/<style|\sstyle="/);
  if (styled)
    throw new Error(
      `${page} has inline styles, which the policy blocks: …${html.slice(styled.index, styled.index + 120)}`,
    );
  await writeFile(file, await externalised(html));
}
process.stdout.write(`${pages.length} pages, no inline scripts or styles\n`);

/** Neighbouring inline scripts become one file, named by what is in it; their order stays. */
async function externalised(html) {
  const parts = [];
  const files = [];
  let end = 0;
  let pending = "";
  const flush = () => {
    if (!pending) return;
    const name = `${createHash("sha256").update(pending).digest("hex").slice(0, 20)}.js`;
    files.push(writeFile(path.join(OUT, FOLDER, name), pending));
    parts.push(`<script src="/${FOLDER}/${name}"></script>`);
    pending = "";
  };
  for (const match of html.matchAll(INLINE)) {
    const between = html.slice(end, match.index);
    if (between) {
      flush();
      parts.push(between);
    }
    pending += `${match[2]};\n`;
    end = match.index + match[0].length;
  }
  flush();
  parts.push(html.slice(end));
  await Promise.all(files);
  return parts.join("");
}
