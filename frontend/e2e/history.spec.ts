import { fresh } from "./media";
import { choose, idIn, openStart, verdict } from "./steps";
import { expect, test, type Page } from "./test";

async function analyse(page: Page, file: string, as: string): Promise<string> {
  await openStart(page);
  await choose(page, fresh(file, as));
  await expect(verdict(page).or(page.getByRole("heading", { name: "No face found" }))).toBeVisible({
    timeout: 60_000,
  });
  return idIn(page);
}

const rows = (page: Page) => page.getByRole("main").getByRole("listitem");
const row = (page: Page, name: string) => rows(page).filter({ hasText: name });

test("somebody finds, sorts and filters what was analysed in this browser", async ({ page }) => {
  await analyse(page, "portrait.jpg", "anna.jpg");
  await analyse(page, "edited.jpg", "bert.jpg");
  await analyse(page, "landscape.jpg", "hills.jpg");
  await page.goto("/history/");
  await expect(rows(page)).toHaveCount(3);
  await expect(row(page, "bert.jpg")).toContainText(/Signs.*\(.*\d+\s%.*\)|Signs.*\d+\s%/);
  await expect(row(page, "hills.jpg")).not.toContainText("%");
  await page.getByRole("searchbox", { name: /Search/ }).fill("bert");
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("searchbox", { name: /Search/ }).fill("");
  await page.getByRole("button", { name: /^Signs/ }).click();
  await expect(rows(page)).toHaveText([/bert\.jpg/]);
  await page.reload();
  await expect(rows(page)).toHaveText([/bert\.jpg/]);
});

test("somebody deletes a result and takes it back; then deletes it for good", async ({ page }) => {
  const id = await analyse(page, "portrait.jpg", "undo-me.jpg");
  await page.goto("/history/");
  await page.getByRole("button", { name: "Delete undo-me.jpg" }).click();
  await expect(page.getByRole("main").getByText("undo-me.jpg is deleted.")).toBeVisible();
  const undo = page.getByRole("button", { name: /Bring undo-me.jpg back/ });
  await expect(undo).toBeFocused();
  await undo.click();
  await expect(page.getByRole("link", { name: "undo-me.jpg" })).toBeFocused();
  expect((await page.request.get(`/api/results/${id}`)).ok()).toBe(true);
  await page.getByRole("button", { name: "Delete undo-me.jpg" }).click();
  await expect(rows(page)).toHaveCount(0, { timeout: 15_000 });
  await expect.poll(async () => (await page.request.get(`/api/results/${id}`)).status()).toBe(404);
});

test("somebody clears the list; the browser keeps no trace of it", async ({ page }) => {
  await analyse(page, "portrait.jpg", "forget-me.jpg");
  await page.goto("/history/");
  await page.getByRole("button", { name: "Clear list" }).click();
  const dialog = page.getByRole("alertdialog").or(page.getByRole("dialog"));
  await dialog.getByRole("button", { name: "Clear list" }).click();
  await expect(page.getByRole("main").getByText("Nothing analysed yet")).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain("forget-me");
});

test("somebody takes the list along as a table", async ({ page }) => {
  await analyse(page, "portrait.jpg", "first, with comma.jpg");
  await page.goto("/history/");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export CSV" }).click(),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toContain('"first, with comma.jpg"');
});
