import { analysed, open, verdict } from "./steps";
import { expect, test } from "./test";

test("somebody shares a result; whoever has the link looks at it and can change nothing; then it is withdrawn", async ({
  page,
  browser,
  product,
}) => {
  const answer = await analysed(page, "clip.mp4");
  await open(page, answer.job_id);
  await page.getByRole("button", { name: "Share" }).click();
  const dialog = page.getByRole("dialog", { name: "Share this result" });
  await dialog.getByRole("button", { name: "Make a link" }).click();
  const address = await dialog.getByRole("textbox", { name: "Link" }).inputValue();
  expect(address).toMatch(new RegExp(`^${product.url}/s/#.{20,}`));

  const context = await browser.newContext({ locale: "en-GB" });
  const guest = await context.newPage();
  const asked: string[] = [];
  guest.on("request", (request) => asked.push(request.url()));
  await guest.goto(address);
  await expect(verdict(guest)).toBeVisible();
  await expect(guest.locator("video")).toHaveJSProperty("readyState", 4);
  await expect(guest.getByRole("button", { name: "Delete" })).toHaveCount(0);
  await expect(guest.getByRole("button", { name: "Share" })).toHaveCount(0);
  await expect(guest.getByRole("button", { name: "Export" })).toBeVisible();
  const token = new URL(address).hash.slice(1);
  expect(asked.filter((url) => url.includes(token))).toEqual([]);

  await dialog.getByRole("button", { name: "Withdraw the link" }).click();
  await expect(dialog.getByText("The link has been withdrawn.")).toBeVisible();
  await guest.reload();
  await expect(guest.getByRole("heading", { level: 1, name: "We cannot show this result" })).toBeVisible();
  await context.close();
});

test("the dialog gives the focus back to its button", async ({ page }) => {
  const answer = await analysed(page, "portrait.jpg");
  await open(page, answer.job_id);
  const share = page.getByRole("button", { name: "Share" });
  await share.click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(share).toBeFocused();
});
