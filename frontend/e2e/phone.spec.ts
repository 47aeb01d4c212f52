import { expectNoSidewaysScroll, expectTargets } from "./accessibility";
import { fresh } from "./media";
import { choose, openStart, verdict } from "./steps";
import { expect, test } from "./test";

test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

test("a fact-checker takes a clip to its verdict on a phone", async ({ page }) => {
  await openStart(page);
  await expect(page.getByRole("button", { name: "Camera" })).toBeVisible();
  await expectTargets(page, 44);
  await choose(page, fresh("clip.mp4"));
  await expect(verdict(page)).toBeVisible({ timeout: 60_000 });
  await expect(verdict(page)).toBeInViewport();
  await expect(page.getByRole("slider", { name: "Person A, timeline" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Moment 1:/ })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await expectTargets(page, 44);
  await page.getByRole("slider", { name: "Person A, timeline" }).tap();
  await expect
    .poll(() => page.locator("video").evaluate((video: HTMLVideoElement) => video.currentTime))
    .toBeGreaterThan(1);
});

for (const path of [
  "/history/",
  "/compare/",
  "/limits/",
  "/login/",
  "/register/",
  "/account/",
  "/activity/",
  "/people/",
  "/batch/",
]) {
  test(`${path} has targets for fingers`, async ({ page }) => {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expectTargets(page, 44);
    await expectNoSidewaysScroll(page);
  });
}
