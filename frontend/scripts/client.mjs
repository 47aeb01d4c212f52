// Writes what is made of src/api/openapi.json: the types of the API, the events of webhooks, and of its
// table of failures the facts and the English words. With --check it writes nothing and fails when one of the files is stale.
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "..");
const CHECK = process.argv.includes("--check");
const document = JSON.parse(await readFile(path.join(ROOT, "src/api/openapi.json"), "utf8"));
const { not_charged: notCharged, codes } = document["x-failures"];

const facts = Object.entries(codes).map(
  ([code, { fault, again }]) => `  ${code}: { fault: ${JSON.stringify(fault)}, again: ${again} },\n`,
);
await made(
  "src/api/failures.ts",
  `/** What the server's table of failures says of each code; made by \`npm run client\`. */
export const FAILURES = {
${facts.join("")}} as const;
`,
);
await made(
  "src/api/events.ts",
  `/** The events that a webhook can take, in the order of the API's document; made by \`npm run client\`. */
export const EVENTS = [
${document.components.schemas.Event.enum.map((event) => `  "${event}",\n`).join("")}] as const;
`,
);
const words = Object.fromEntries(
  Object.entries(codes).map(([code, { summary, advice }]) => [code, { summary, advice }]),
);
await made("messages/en/failures.json", `${JSON.stringify({ notCharged, ...words }, null, 2)}\n`);

const types = ["src/api/openapi.json", "--output", "src/api/schema.d.ts"];
const shape = ["--root-types", "--root-types-no-schema-prefix"];
const { status } = spawnSync(
  path.join(ROOT, "node_modules/.bin/openapi-typescript"),
  [...types, ...shape, ...process.argv.slice(2)],
  { cwd: ROOT, stdio: "inherit" },
);
process.exitCode ||= status ?? 1;

async function made(file, text) {
  const target = path.join(ROOT, file);
  if (!CHECK) return writeFile(target, text);
  if ((await readFile(target, "utf8")) === text) return;
  process.stderr.write(`${file} is stale: npm run client\n`);
  process.exitCode = 1;
}
