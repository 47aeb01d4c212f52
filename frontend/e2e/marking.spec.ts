import type { Locator } from "@playwright/test";

import { expectAccessible } from "./accessibility";
import { analysed, answerOf, idIn, open, verdict } from "./steps";
import { expect, test, type Page } from "./test";

type Box = readonly [left: number, top: number, right: number, bottom: number];

/** Where the face is in the sample and in the e2e video, in pixels of the picture. */
const PORTRAIT: Box = [168, 45, 266, 178];
const WALK: Box = [180, 60, 370, 330];

/** Draws a box with the pointer over a picture that fills the stage with `object-fit: contain`. */
async function draw(page: Page, box: Box, frame: { width: number; height: number }): Promise<void> {
  const area = await drawing(page).boundingBox();
  if (area === null) throw new Error("nothing to draw on");
  const scale = Math.min(area.width / frame.width, area.height / frame.height);
  const left = area.x + (area.width - scale * frame.width) / 2;
  const top = area.y + (area.height - scale * frame.height) / 2;
  const [x0, y0, x1, y1] = box;
  // Begun at a corner that the first box does not cover, where a drag would move that.
  await page.mouse.move(left + scale * x0, top + scale * y0);
  await page.mouse.down();
  await page.mouse.move(left + scale * (x0 + 20), top + scale * (y0 + 20));
  await page.mouse.move(left + scale * x1, top + scale * y1);
  await page.mouse.up();
}

function drawing(page: Page): Locator {
  return page.getByRole("application", { name: /^Marked face/ });
}

/** Sends the box, and waits on the page of its own result. */
async function score(page: Page, from: string): Promise<string> {
  await page.getByRole("button", { name: "Score this face" }).click();
  await expect(page).not.toHaveURL(new RegExp(from));
  await expect(verdict(page)).toBeVisible({ timeout: 60_000 });
  return idIn(page);
}

test("a box drawn on a photo has a result of its own, which leads back and can be shared", async ({
  page,
  browser,
}) => {
  const { job_id } = await analysed(page, "portrait.jpg");
  await open(page, job_id);
  await page.getByRole("button", { name: "Mark a face" }).click();
  await expect(page.getByRole("heading", { name: "Mark a face in the photo" })).toBeFocused();
  await draw(page, PORTRAIT, { width: 512, height: 512 });
  await expectAccessible(page);
  const marked = await score(page, job_id);
  const answer = await answerOf(page, marked);
  expect(answer.marked_from).toBe(job_id);
  for (const [index, edge] of PORTRAIT.entries())
    expect(Math.abs((answer.result?.marked?.box[index] ?? 0) - edge)).toBeLessThanOrEqual(2);
  await expect(page.getByText("Of the face that you marked:")).toBeVisible();
  await expect(page.getByText(/It says nothing about the rest of the file/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Mark a face" })).toHaveCount(0);
  await expectAccessible(page);

  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  const address = await page.getByRole("textbox", { name: "Link" }).inputValue();
  await page.keyboard.press("Escape");
  const context = await browser.newContext({ locale: "en-GB" });
  const guest = await context.newPage();
  await guest.goto(address);
  await expect(guest.getByText("Of a face that a reader marked:")).toBeVisible();
  await expect(guest.getByRole("img", { name: /^The photo/ })).toHaveJSProperty("complete", true);
  await expect(guest.getByRole("link", { name: /Back to the result of the whole file/ })).toHaveCount(0);
  await context.close();

  await page.getByRole("link", { name: "Back to the result of the whole file" }).click();
  await expect(page).toHaveURL(new RegExp(job_id));
  const card = page.getByRole("listitem").filter({ hasText: /^Face of \d+ × \d+ px/ });
  await expect(card.getByRole("link")).toHaveAttribute("href", new RegExp(marked));
});

test("a box drawn on a paused frame of a video is scored in that frame", async ({ page }) => {
  const { job_id } = await analysed(page, "walk.mp4");
  await open(page, job_id);
  await expect(page.locator("video")).toHaveJSProperty("readyState", 4);
  await page.getByRole("slider", { name: "Position" }).fill("1000");
  await page.getByRole("button", { name: "Play" }).click();
  await expect
    .poll(() => page.locator("video").evaluate((video: HTMLVideoElement) => video.currentTime))
    .toBeGreaterThan(1.2);
  await page.getByRole("button", { name: "Mark a face" }).click();
  await expect(page.locator("video")).toHaveJSProperty("paused", true);
  const seconds = await page.locator("video").evaluate((video: HTMLVideoElement) => video.currentTime);
  await draw(page, WALK, { width: 640, height: 360 });
  const marked = (await answerOf(page, await score(page, job_id))).result?.marked;
  expect(Math.abs((marked?.timestamp_ms ?? 0) / 1000 - seconds)).toBeLessThan(0.15);
  await expect(page.getByText(/^Of the face that you marked, at 0:0\d\.\d:/)).toBeVisible();
  await expect(page.getByRole("img", { name: /^The (photo|frame)/ }).first()).toBeVisible();
  await expectAccessible(page);
});

test("a face is marked with the keyboard alone", async ({ page }) => {
  const { job_id } = await analysed(page, "portrait.jpg");
  await open(page, job_id);
  await page.getByRole("button", { name: "Mark a face" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Mark a face in the photo" })).toBeFocused();
  const numbers = ["From the left, px", "From the top, px", "Width, px", "Height, px"];
  const [left, top, right, bottom] = PORTRAIT;
  for (const [index, value] of [left, top, right - left, bottom - top].entries()) {
    await page.keyboard.press("Tab");
    await expect(page.getByRole("spinbutton", { name: numbers[index] })).toBeFocused();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(`${value}`);
    await page.keyboard.press("Enter");
  }
  await drawing(page).focus();
  const said = await drawing(page).getAttribute("aria-label");
  await page.keyboard.press("ArrowRight");
  await expect(drawing(page)).not.toHaveAttribute("aria-label", said ?? "");
  await page.keyboard.press("ArrowLeft");
  await expect(drawing(page)).toHaveAttribute("aria-label", said ?? "");
  await page.getByRole("button", { name: "Score this face" }).focus();
  await page.keyboard.press("Enter");
  await expect(page).not.toHaveURL(new RegExp(job_id));
  await expect(verdict(page)).toBeVisible({ timeout: 60_000 });
  const box = (await answerOf(page, idIn(page))).result?.marked?.box ?? [];
  for (const [index, edge] of PORTRAIT.entries())
    expect(Math.abs((box[index] ?? 0) - edge)).toBeLessThanOrEqual(1);
});
