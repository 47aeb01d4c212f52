import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

import { media } from "./media";
import { answerOf, idIn, openStart, verdict } from "./steps";
import { expect, test, type Page } from "./test";

const BYTES = 17 * 1024 * 1024;
const ARRIVED = 5_000_000;

/** A video of more than 16 MB on the disk, of which the server has seen nothing. */
function large(path: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(BYTES);
  head.write("free", 4);
  const file = Buffer.concat([readFileSync(media("clip.mp4")), head, randomBytes(BYTES - 8)]);
  writeFileSync(path, file);
  return file;
}

/** Lets the first request with bytes bring some of them and break; returns the offsets of all such requests. */
async function breakFirst(page: Page, file: Buffer): Promise<number[]> {
  const offsets: number[] = [];
  await page.route("**/api/uploads/*", async (route, request) => {
    if (request.method() !== "PATCH") return route.continue();
    offsets.push(Number(request.headers()["upload-offset"]));
    if (offsets.length > 1) return route.continue();
    const headers = Object.fromEntries(
      Object.entries(request.headers()).filter(([name]) => name !== "content-length"),
    );
    const part = file.subarray(0, ARRIVED);
    const answer = await page.request.fetch(request.url(), { method: "PATCH", headers, data: part });
    expect(answer.status()).toBe(204);
    await route.abort("connectionreset");
  });
  return offsets;
}

test("a large video goes on from where the line broke", async ({ page }, info) => {
  const path = info.outputPath("interview.mp4");
  const file = large(path);
  const offsets = await breakFirst(page, file);
  await openStart(page);
  await page.locator('input[type="file"]:not([capture])').setInputFiles(path);
  await expect(verdict(page)).toBeVisible({ timeout: 90_000 });
  expect(offsets).toEqual([0, ARRIVED]);
  const answer = await answerOf(page, idIn(page));
  expect(answer.sha256).toBe(createHash("sha256").update(file).digest("hex"));
  expect(answer.metadata.original_filename).toBe("interview.mp4");
  await page
    .getByRole("button", { name: /Delete/ })
    .first()
    .waitFor(); // its owner's secret came with it
  expect(await page.evaluate(() => localStorage.getItem("deepshield.uploads"))).toBeNull();
});

test("a large video goes on after a reload", async ({ page }, info) => {
  const path = info.outputPath("interview.mp4");
  const file = large(path);
  const offsets = await breakFirst(page, file);
  let asked = 0;
  await page.route("**/api/uploads/*", (route, request) => {
    if (request.method() === "HEAD" && asked++ === 0) return new Promise(() => undefined); // until the reload
    return route.fallback();
  });
  await openStart(page);
  await page.locator('input[type="file"]:not([capture])').setInputFiles(path);
  await page.waitForRequest((request) => request.method() === "HEAD");
  const going = page.waitForRequest((request) => request.method() === "PATCH");
  page.on("dialog", (dialog) => void dialog.accept());
  await openStart(page);
  await page.locator('input[type="file"]:not([capture])').setInputFiles(path);
  expect((await going).headers()["upload-offset"]).toBe(String(ARRIVED));
  await expect(verdict(page)).toBeVisible({ timeout: 90_000 });
  expect(offsets).toEqual([0, ARRIVED]);
});

test("a large video that is cancelled leaves nothing on the server", async ({ page }, info) => {
  const path = info.outputPath("interview.mp4");
  large(path);
  await page.route("**/api/uploads/*", (route, request) =>
    request.method() === "PATCH" ? new Promise(() => undefined) : route.continue(),
  );
  await openStart(page);
  const sending = page.waitForRequest((request) => request.method() === "PATCH");
  await page.locator('input[type="file"]:not([capture])').setInputFiles(path);
  const place = (await sending).url();
  const removed = page.waitForResponse((response) => response.request().method() === "DELETE");
  const row = page.getByRole("listitem").filter({ hasText: "interview.mp4" });
  await row.getByRole("button", { name: /Cancel/ }).click();
  expect((await removed).status()).toBe(204);
  expect((await page.request.get(place)).status()).toBe(404);
});
