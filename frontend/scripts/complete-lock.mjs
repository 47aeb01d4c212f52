// After `npm install` against a registry that does not list every platform's build of a native package: adds the
// missing ones to package-lock.json, without which `npm ci` refuses it. They are optional, bound to their platform by
// os, cpu and libc, and carry no checksum, since nothing of them was seen; on Linux x64 and arm64 none is installed.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

const FILE = path.resolve(import.meta.dirname, "../package-lock.json");
const SYSTEMS = ["android", "darwin", "freebsd", "linux", "openbsd", "openharmony", "win32", "wasi"];
const PROCESSORS = ["arm64", "arm", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64", "wasm32"];

const lock = JSON.parse(await readFile(FILE, "utf8"));
const known = new Set(Object.keys(lock.packages).map((place) => place.replace(/^.*node_modules\//, "")));
let added = 0;
for (const parent of Object.values({ ...lock.packages })) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (known.has(name)) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platform(name),
      ...(parent.dev && { dev: true }),
      optional: true,
    };
    known.add(name);
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(FILE, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} builds for other platforms added\n`);

/** What a package is for, by its name: "@scope/tool-linux-arm64-musl". */
function platform(name) {
  const words = name.split("/").at(-1).split("-");
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  if (!os.length || !cpu.length) throw new Error(`for which platform is ${name}?`);
  const libc = words.includes("musl") ? ["musl"] : words.includes("gnu") ? ["glibc"] : [];
  return { cpu, ...(libc.length && os.includes("linux") && { libc }), os };
}
