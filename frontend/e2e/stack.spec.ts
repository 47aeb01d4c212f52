import { fresh } from "./media";
import { answerOf, choose, idIn, openStart, PASSWORD, verdict } from "./steps";
import { expect, test } from "./test";

// Against a service that runs already, at DEEPSHIELD_URL: `make stack-test` gives the compose stack's proxy.
test("through the proxy: an account, a photo with its map, a clip followed to its moments, and no way to another's", async ({
  page,
  browser,
}) => {
  await page.goto("/register/");
  await page.getByLabel("E-mail address").fill(`${crypto.randomUUID()}@example.org`);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("navigation").getByRole("link", { name: "Account" })).toBeVisible();

  await openStart(page);
  await choose(page, fresh("portrait.jpg"));
  await expect(verdict(page)).toBeVisible();
  const kept = (await answerOf(page, idIn(page))).artifacts.map(({ name }) => name);
  expect(kept).toContain("moment-1-overlay.png");

  const followed = page.waitForRequest(/\/api\/jobs\/[^/]+\/events/);
  await openStart(page);
  await choose(page, fresh("clip.mp4"));
  await followed;
  await expect(verdict(page)).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: /^Moment 1:/ }).click();
  await expect(page.getByRole("slider", { name: "Strength of the map" })).toHaveValue("55");
  await page.getByRole("button", { name: "Whole frame" }).click();
  const frame = page.getByRole("img", { name: /^Whole frame of number 1/ });
  await expect(frame).toBeVisible();
  await expect
    .poll(() => frame.evaluate((node) => (node instanceof HTMLImageElement ? node.naturalWidth : 0)))
    .toBeGreaterThan(0);
  await page.screenshot({ path: test.info().outputPath("clip.png"), fullPage: true });

  const address = page.url();
  const stranger = await browser.newPage();
  await stranger.goto(address);
  await expect(stranger.getByRole("heading", { name: "You are not signed in" })).toBeVisible();
  await expect(verdict(stranger)).toHaveCount(0);
});
