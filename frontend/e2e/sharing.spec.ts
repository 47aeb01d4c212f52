import { expectAccessible } from "./accessibility";
import { fresh } from "./media";
import { analysed, choose, idIn, open, openStart, verdict } from "./steps";
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

test("a shared result is compared with a file of one's own and with another shared one", async ({
  page,
  browser,
}) => {
  const [one, other] = [await analysed(page, "portrait.jpg"), await analysed(page, "edited.jpg")];
  const links: string[] = [];
  for (const { job_id } of [one, other]) {
    await open(page, job_id);
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByRole("button", { name: "Make a link" }).click();
    links.push(await page.getByRole("textbox", { name: "Link" }).inputValue());
  }

  const context = await browser.newContext({ locale: "en-GB" });
  const guest = await context.newPage();
  const asked: string[] = [];
  guest.on("request", (request) => asked.push(request.url()));
  const mine = await analysed(guest, "portrait.jpg");
  const shown = async () => {
    for (const name of ["File 1", "File 2"])
      await expect(guest.getByRole("region", { name }).locator("img").first()).not.toHaveJSProperty(
        "naturalWidth",
        0,
      );
  };
  await guest.goto(links[0]!);
  await guest.getByRole("link", { name: "Compare with another file" }).click();
  await expect(guest).toHaveURL(/\/compare\/#a=/);
  await expect(guest.getByRole("combobox", { name: "File 1" })).toContainText(
    "portrait.jpg, by its share link",
  );
  await guest.goto(`/compare/?b=${mine.job_id}#a=${new URL(links[0]!).hash.slice(1)}`);
  await shown();
  await expect(guest.getByRole("heading", { name: "What differs" })).toBeVisible();
  await expectAccessible(guest);

  const second = guest.getByLabel("Or a share link").nth(1);
  await second.fill("https://example.org/");
  await second.blur();
  await expect(guest.getByText(/This is no share link/)).toBeVisible();
  await second.fill(`${links[1]!}&t=0`);
  await expect(guest).toHaveURL(/\/compare\/#a=[\w-]+&b=[\w-]+$/);
  await expect(guest.getByRole("region", { name: "File 2" })).toContainText("edited.jpg");
  await shown();
  await guest.getByRole("button", { name: "Swap the files" }).click();
  await expect(guest.getByRole("region", { name: "File 1" })).toContainText("edited.jpg");
  await guest.getByRole("region", { name: "File 2" }).getByRole("link").click();
  await expect(guest).toHaveURL(links[0]!);
  await expect(verdict(guest)).toBeVisible();
  const tokens = links.map((link) => new URL(link).hash.slice(1));
  expect(asked.filter((url) => tokens.some((token) => url.includes(token)))).toEqual([]);

  await page.getByRole("button", { name: "Withdraw the link" }).click();
  await expect(page.getByText("The link has been withdrawn.")).toBeVisible();
  await guest.goto(`/compare/?b=${mine.job_id}#a=${tokens[1]!}`);
  await guest.reload();
  await expect(guest.getByText(/A share link opens nothing/)).toBeVisible();
  await context.close();
});

test("who knows the address of a result sent without an account looks at it and changes nothing", async ({
  page,
  browser,
}) => {
  await openStart(page);
  await choose(page, fresh("portrait.jpg"));
  await expect(verdict(page)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("button", { name: "Delete" })).toBeVisible();

  const context = await browser.newContext({ locale: "en-GB" });
  const guest = await context.newPage();
  await guest.goto(page.url());
  await expect(verdict(guest)).toBeVisible();
  await expect(guest.getByText("Another browser sent this file")).toBeVisible();
  await expect(guest.getByRole("button", { name: "Export" })).toBeVisible();
  await expect(guest.getByRole("button", { name: "Delete" })).toHaveCount(0);
  await expect(guest.getByRole("button", { name: "Share" })).toHaveCount(0);
  const refused = await guest.request.delete(`/api/jobs/${idIn(page)}`);
  expect(refused.status()).toBe(403);
  await context.close();

  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Deleted" })).toBeVisible();
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
