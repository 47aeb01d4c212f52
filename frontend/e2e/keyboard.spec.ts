import type { FileChooser } from "@playwright/test";

import { fresh } from "./media";
import { analysed, open, openStart, tabTo, verdict } from "./steps";
import { expect, test } from "./test";

test("somebody without a mouse goes from the file to the export", async ({ page }) => {
  // Asked for before the page opens: the browser does not wait for the interception when a key is pressed right behind it.
  const chooser = new Promise<FileChooser>((opened) => page.once("filechooser", opened));
  await openStart(page);
  const choose = page.getByRole("button", { name: "Choose files" });
  await expect(choose).toBeVisible();
  await tabTo(page, choose);
  await page.keyboard.press("Enter");
  await (await chooser).setFiles(fresh("clip.mp4"));
  await expect(verdict(page)).toBeFocused({ timeout: 60_000 });

  const lane = page.getByRole("slider", { name: "Person A, timeline" });
  await tabTo(page, lane);
  await page.keyboard.press("Home"); // the moment that is shown first may be the last one
  await expect(lane).toHaveAttribute("aria-valuetext", /^0:00\./);
  const before = await lane.getAttribute("aria-valuetext");
  await page.keyboard.press("ArrowRight");
  await expect(lane).not.toHaveAttribute("aria-valuetext", before ?? "");
  await expect(lane).toHaveAttribute("aria-valuetext", /^\d:\d\d\.\d of 0:0\d(\.\d)?, Person A, score \d+$/);

  await open(page, new URL(page.url()).searchParams.get("id") ?? "");
  await expect(verdict(page)).toBeVisible();
  const menu = page.getByRole("button", { name: "Export" });
  await tabTo(page, menu);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem").first()).toBeFocused();
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  expect(download.suggestedFilename()).toMatch(/\.json$/);
  await expect(menu).toBeFocused();
});

test("the first Tab offers the way past the header, and it works", async ({ page }) => {
  await page.goto("/limits/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});

test("keys of the viewer work inside it, nowhere else, and can be turned off", async ({ page }) => {
  const answer = await analysed(page, "clip.mp4");
  await open(page, answer.job_id);
  const video = page.locator("video");
  await expect(video).toHaveJSProperty("readyState", 4);
  const at = () => video.evaluate((node: HTMLVideoElement) => node.currentTime);
  const start = await at();
  await verdict(page).focus();
  await page.keyboard.press("ArrowRight");
  expect(await at()).toBe(start);

  const play = page.getByRole("button", { name: "Play", exact: true });
  await tabTo(page, play);
  await page.keyboard.press("End");
  await page.keyboard.press("]");
  await expect.poll(at).not.toBe(start);
  await page.keyboard.press("t");
  await expect(page.getByRole("button", { name: "Hide table" })).toBeVisible();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await help.getByRole("switch").or(help.getByRole("checkbox")).first().click();
  await page.keyboard.press("Escape");
  await play.focus();
  await page.keyboard.press("t");
  await expect(page.getByRole("button", { name: "Hide table" })).toBeVisible();
});

test("the focus is seen at every stop of every page", async ({ page }) => {
  for (const path of ["/", "/history/", "/limits/"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    for (let stop = 0; stop < 12; stop++) {
      await page.keyboard.press("Tab");
      const unseen = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const style = getComputedStyle(element);
        const ringed = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        return ringed || style.boxShadow !== "none" ? null : element.outerHTML.slice(0, 120);
      });
      expect(unseen).toBeNull();
    }
  }
});
