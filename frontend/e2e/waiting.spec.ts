import { fresh } from "./media";
import { answerOf, choose, finished, idIn, open, openStart, sent, verdict } from "./steps";
import { expect, test, type Page } from "./test";

const LEAVE = "You can leave this page. The analysis goes on.";

async function analysisShown(page: Page): Promise<void> {
  await expect(page).toHaveURL(/\/result\/\?id=/);
  await expect(page.getByText(LEAVE)).toBeVisible();
}

test("somebody watches the stages, in the page and in the tab's title", async ({ page, product }) => {
  product.freeze();
  await openStart(page);
  await choose(page, fresh("clip.mp4", "interview.mp4"));
  await analysisShown(page);
  await expect(page).toHaveTitle(/^\d+\s% interview\.mp4/);
  await expect(page.getByRole("progressbar", { name: /interview\.mp4/ })).toBeVisible();
  for (const stage of ["Checking file", "Looking at frames", "Combining", "Drawing maps", "Saving"]) {
    await expect(page.getByText(stage, { exact: true }).first()).toBeVisible();
  }
  product.thaw();
  await expect(verdict(page)).toBeFocused({ timeout: 60_000 });
  await expect(page).not.toHaveTitle(/^\d+\s%/);
});

test("somebody cancels an upload", async ({ page }) => {
  await page.route("**/api/analyze-*", () => new Promise(() => undefined));
  await openStart(page);
  await choose(page, fresh("clip.mp4", "slow.mp4"));
  const row = page.getByRole("listitem").filter({ hasText: "slow.mp4" });
  await row.getByRole("button", { name: /Cancel/ }).click();
  await expect(row.getByRole("button", { name: /Cancel/ })).toHaveCount(0);
  await expect(page).toHaveURL(/\/$/);
});

test("somebody cancels an analysis", async ({ page, product }) => {
  product.freeze();
  await openStart(page);
  await choose(page, fresh("clip.mp4"));
  await analysisShown(page);
  await page.getByRole("button", { name: /Cancel/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "The analysis was cancelled" })).toBeVisible();
  await expect(page.getByText("Nothing was kept.")).toBeVisible();
  product.thaw();
});

test("somebody reloads while the analysis goes on", async ({ page, product }) => {
  product.freeze();
  await openStart(page);
  await choose(page, fresh("clip.mp4"));
  await analysisShown(page);
  await page.reload();
  await analysisShown(page);
  product.thaw();
  await expect(verdict(page)).toBeVisible({ timeout: 60_000 });
});

test("somebody leaves, and finds the analysis in the history", async ({ page, product }) => {
  product.freeze();
  await openStart(page);
  await choose(page, fresh("clip.mp4", "left-alone.mp4"));
  await analysisShown(page);
  await page.getByRole("navigation").getByRole("link", { name: "History" }).click();
  const row = page
    .getByRole("listitem")
    .filter({ hasText: "left-alone.mp4" })
    .or(page.getByRole("row").filter({ hasText: "left-alone.mp4" }))
    .first();
  await expect(row).toBeVisible();
  product.thaw();
  await expect(row).toContainText(/Signs|Not flagged|Inconclusive/, { timeout: 60_000 });
});

test("the server is cut off in the middle and comes back", async ({ page, product }) => {
  product.freeze();
  await openStart(page);
  await choose(page, fresh("clip.mp4"));
  await analysisShown(page);
  await product.kill();
  await expect(page.getByText(/No connection/).first()).toBeVisible({ timeout: 30_000 });
  await product.start();
  await expect(verdict(page)).toBeVisible({ timeout: 90_000 });
});

test("the connection is lost and comes back", async ({ page, product, context }) => {
  product.freeze();
  await openStart(page);
  await choose(page, fresh("clip.mp4"));
  await analysisShown(page);
  await context.setOffline(true);
  await expect(page.getByText("No connection. A started analysis goes on.").first()).toBeVisible();
  product.thaw();
  await context.setOffline(false);
  await expect(verdict(page)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText("No connection. A started analysis goes on.")).toHaveCount(0);
});

for (const { how, block } of [
  { how: "refused", block: (page: Page) => page.route("**/events", (route) => route.abort()) },
  { how: "swallowed", block: (page: Page) => page.route("**/events", () => new Promise(() => undefined)) },
]) {
  test(`where events are ${how}, the result is there within 5 s of the end`, async ({ page, product }) => {
    await block(page);
    product.freeze();
    const id = await sent(page, "clip.mp4");
    await open(page, id);
    await analysisShown(page);
    // The first request is the page's own; the next ones are the polls in place of events.
    for (let asked = 0; asked < 2; asked++)
      await page.waitForRequest(`**/api/results/${id}`, { timeout: 30_000 });
    product.thaw();
    await finished(page, id);
    await expect(verdict(page)).toBeVisible({ timeout: 5_000 });
  });
}

test("leaving the page warns only while a file is still being sent", async ({ page, product }) => {
  const warnings: string[] = [];
  page.on("dialog", (dialog) => {
    warnings.push(dialog.type());
    void dialog.accept();
  });
  await page.route("**/api/analyze-*", () => new Promise(() => undefined));
  await openStart(page);
  await page.getByRole("heading", { level: 1 }).click(); // browsers ask only somebody who has touched the page
  await choose(page, fresh("clip.mp4", "slow.mp4"));
  await expect(page.getByRole("listitem").filter({ hasText: "slow.mp4" })).toBeVisible();
  await page.reload();
  expect(warnings).toEqual(["beforeunload"]);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  // A page that was never intercepted: what the held upload left in the browser must not hold the next one.
  await openStart(page);
  product.freeze();
  await choose(page, fresh("clip.mp4"));
  await analysisShown(page);
  await page.reload();
  await analysisShown(page);
  expect(warnings).toEqual(["beforeunload"]);
  await page.getByRole("button", { name: /Cancel/ }).click();
  await expect.poll(async () => (await answerOf(page, idIn(page))).state).toBe("CANCELLED");
});
