// What a first visit to each built page loads. Exits with 1 when one is over the limit; prints a line and leaves it at
// that where nothing is built.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

import { firstLoad, LIMIT_BYTES } from "./first-load.mjs";

const OUT = path.resolve(import.meta.dirname, "../out");

if (!existsSync(path.join(OUT, "index.html"))) {
  process.stdout.write("nothing is built: make web\n");
} else {
  for (const file of readdirSync(OUT, { recursive: true, encoding: "utf8" }).sort()) {
    if (!file.endsWith(".html")) continue;
    const { bytes, files } = await firstLoad(OUT, file);
    const over = bytes > LIMIT_BYTES;
    process.stdout.write(
      `${file}  ${(bytes / 1000).toFixed(0)} kB in ${files} files, limit ${LIMIT_BYTES / 1000} kB${over ? ": OVER" : ""}\n`,
    );
    if (over) process.exitCode = 1;
  }
}
