import { mkdtempSync, readFileSync, writeFileSync, copyFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expectAccessible } from "./accessibility";
import { media } from "./media";
import { dropPaths, openStart } from "./steps";
import { expect, test, type Page } from "./test";

/** A folder with pictures, one of them in a folder of its own, and a text. */
function folder(name: string): string {
  const at = path.join(mkdtempSync(path.join(tmpdir(), "batch-")), name);
  mkdirSync(path.join(at, "day 1"), { recursive: true });
  copyFileSync(media("portrait.jpg"), path.join(at, "portrait.jpg"));
  copyFileSync(media("edited.jpg"), path.join(at, "day 1", "edited.jpg"));
  copyFileSync(media("landscape.jpg"), path.join(at, "day 1", "landscape.jpg"));
  writeFileSync(path.join(at, "notes.txt"), "words and more words");
  return at;
}

const rows = (page: Page) => page.getByRole("row").filter({ has: page.getByRole("cell") });

test("somebody drops a folder and reads, narrows and takes away what was found in it", async ({ page }) => {
  await openStart(page);
  await dropPaths(page, [folder("Holiday")]);
  await expect(page).toHaveURL(/\/batch\/\?id=[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { level: 1, name: "Holiday" })).toBeVisible();
  await expect(page.getByText("1 file is not in the batch")).toBeVisible();
  await expect(page.getByText("Finished")).toBeVisible({ timeout: 90_000 });
  await expect(page.getByText("3 of 3 done")).toBeVisible();
  await expect(rows(page)).toHaveCount(3);
  await expect(rows(page).filter({ hasText: "Holiday/day 1/edited.jpg" })).toContainText(/Signs/);
  await expectAccessible(page);

  await page.getByRole("button", { name: /^No face/ }).click();
  await expect(page).toHaveURL(/show=no_face/);
  await expect(rows(page)).toHaveText([/landscape\.jpg/]);
  await page.reload();
  await expect(rows(page)).toHaveText([/landscape\.jpg/]);

  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV" }).click(),
  ]);
  const table = readFileSync(await saved.path(), "utf8")
    .trim()
    .split("\r\n");
  expect(table).toHaveLength(4);
  expect(table[0]).toContain("estimated_probability");

  await page.getByRole("link", { name: /landscape\.jpg/ }).click();
  await expect(page).toHaveURL(/\/result\/\?id=/);
  await page.goto("/history/");
  await page.getByRole("link", { name: "Batches" }).click();
  await page.getByRole("link", { name: "Holiday" }).click();

  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete for good" }).click();
  await expect(page).toHaveURL(/\/batch\/$/);
  await expect(page.getByText("There are no batches yet.")).toBeVisible();
  await expectAccessible(page);
});

test("a folder whose sending broke off is dropped again, and nothing is there twice", async ({ page }) => {
  const at = folder("Broken");
  await openStart(page);
  let sent = 0;
  await page.route(/analyze-image\?batch=/, (route) =>
    sent++ === 0 ? route.continue() : route.abort("connectionreset"),
  );
  await dropPaths(page, [at]);
  await expect(page).toHaveURL(/\/batch\/\?id=/);
  const address = page.url();
  await expect(page.getByText("1 of 1 done")).toBeVisible({ timeout: 60_000 });
  await openStart(page); // the page is left before all has been sent
  await page.unroute(/analyze-image\?batch=/);
  await dropPaths(page, [at]);
  await expect(page).toHaveURL(address);
  await expect(page.getByText("3 of 3 done")).toBeVisible({ timeout: 90_000 });
  await expect(rows(page)).toHaveCount(3);
});
