import { writeFileSync } from "node:fs";

import { expectAccessible } from "./accessibility";
import { fresh } from "./media";
import { analysed, choose, open, openStart, PASSWORD, signedIn, verdict } from "./steps";
import { WITH_ACCOUNTS, expect, test, type Page } from "./test";

test.use(WITH_ACCOUNTS);

const someone = () => `${crypto.randomUUID()}@example.org`;

async function register(page: Page, email: string): Promise<void> {
  if (!page.url().endsWith("/register/")) await page.goto("/register/");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
}

async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("somebody creates an account, analyses, signs out and in again, and finds the analysis", async ({
  page,
}) => {
  const email = someone();
  await register(page, email);
  const account = page.getByRole("navigation").getByRole("link", { name: "Account" });
  await expect(account).toBeVisible();
  await openStart(page);
  await choose(page, fresh("portrait.jpg", "mine.jpg"));
  await expect(verdict(page)).toBeVisible();
  await account.click();
  await expect(page.getByText(email)).toBeVisible();
  await expect(page.getByText(/1 of 3 analyses today/)).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("navigation").getByRole("link", { name: "Sign in" })).toBeVisible();
  expect(
    await page.evaluate(() => Object.keys(localStorage).filter((key) => !/theme|language/.test(key))),
  ).toEqual([]);
  await page.goto("/login/");
  await signIn(page, email);
  await expect(account).toBeVisible();
  await page.goto("/history/");
  await expect(page.getByRole("link", { name: "mine.jpg" })).toBeVisible();
});

test("over plain HTTP, as on a local network, somebody signs in, sends a large file and finds it", async ({
  page,
  product,
}, running) => {
  await page.goto(`${product.plainUrl}/register/`);
  expect(await page.evaluate(() => isSecureContext)).toBe(false);
  await register(page, someone());
  await expect(page.getByRole("navigation").getByRole("link", { name: "Account" })).toBeVisible();
  await page.goto(`${product.plainUrl}/`);
  const large = running.outputPath("large.jpg"); // read from the disk, since 16 MB take seconds to be handed to the browser
  writeFileSync(large, Buffer.concat([fresh("portrait.jpg").buffer, Buffer.alloc(16 << 20)]));
  await page.locator('input[type="file"]:not([capture])').setInputFiles(large);
  await expect(verdict(page)).toBeVisible();
  await page.getByRole("button", { name: "Share" }).click();
  const dialog = page.getByRole("dialog", { name: "Share this result" });
  await dialog.getByRole("button", { name: "Make a link" }).click();
  await dialog.getByRole("button", { name: "Copy link" }).click();
  await expect(dialog.getByRole("button", { name: "Copied" })).toBeFocused();
  const link = await dialog.getByRole("textbox", { name: "Link" }).inputValue();
  await page.goto(`${product.plainUrl}/history/`);
  await expect(page.getByRole("link", { name: "large.jpg" })).toBeVisible();
  const search = page.getByRole("searchbox");
  await search.press("Control+V");
  await expect(search).toHaveValue(link);
});

test("a copy of what was analysed before is named, with its verdict and the comparison", async ({ page }) => {
  await signedIn(page);
  const first = await analysed(page, fresh("portrait.jpg", "first.jpg"));
  const second = await analysed(page, fresh("portrait.jpg", "second.jpg"));
  await open(page, second.job_id);
  await expect(page.getByRole("heading", { name: "Seen before" })).toBeVisible();
  await expect(page.getByText(/^Near copy of first\.jpg, analysed on .*; its verdict: .+\.$/)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Compare with first.jpg" }).click();
  await expect(page).toHaveURL(new RegExp(`/compare/\\?a=${second.job_id}&b=${first.job_id}$`));
});

test("a wrong password and a taken address are reported at their fields", async ({ page, context }) => {
  const email = await signedIn(page);
  await context.clearCookies();
  await register(page, email);
  await expect(page.getByText("There is an account with this address already.")).toBeVisible();
  await page.goto("/login/");
  await signIn(page, email, "not the words at all");
  await expect(page.getByText("The e-mail address or the password is wrong.")).toBeVisible();
  await expect(page.getByRole("alert").first()).toBeVisible();
});

test("a used-up quota says when there are more analyses, and the chosen files stay", async ({ page }) => {
  await signedIn(page);
  for (let count = 0; count < 3; count++) await analysed(page, "portrait.jpg");
  await openStart(page);
  await choose(page, fresh("edited.jpg", "one-more.jpg"));
  await expect(
    page.getByText(/Today's 3 analyses are used. More in .+; your files wait here./),
  ).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "one-more.jpg" })).toBeVisible();
  await page.goto("/account/");
  await expect(page.getByText(/Today's 3 analyses are used. More in/)).toBeVisible();
});

test("somebody else's link is the same as an unknown link", async ({ page, browser, product }) => {
  await signedIn(page);
  const { job_id } = await analysed(page, "clip.mp4");
  const stranger = await browser.newContext({ baseURL: product.url, locale: "en-GB" });
  const other = await stranger.newPage();
  await signedIn(other);
  const told: string[] = [];
  for (const id of [job_id, "00000000-0000-4000-8000-000000000000"]) {
    await open(other, id);
    await expect(other.getByRole("heading", { level: 1, name: "We cannot show this result" })).toBeVisible();
    await expect(other).toHaveTitle(/We cannot show this result/);
    told.push(await other.getByRole("main").innerText());
  }
  expect(told[0]).toBe(told[1]);
  await stranger.close();
});

test("without a sign-in, a result leads to the login and back", async ({ page, context }) => {
  const email = await signedIn(page);
  const { job_id } = await analysed(page, "portrait.jpg");
  await context.clearCookies();
  await open(page, job_id);
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/login\/\?/);
  await signIn(page, email);
  await expect(page).toHaveURL(new RegExp(`/result/\\?id=${job_id}$`));
  await expect(verdict(page)).toBeVisible();
});

test("a session that ends while a page is open leads to the login, and nothing is lost", async ({
  page,
  context,
}) => {
  const email = await signedIn(page);
  await analysed(page, fresh("portrait.jpg", "still-there.jpg"));
  await page.goto("/history/");
  await expect(page.getByRole("link", { name: "still-there.jpg" })).toBeVisible();
  await context.clearCookies();
  await page.reload();
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await signIn(page, email);
  await expect(page).toHaveURL(/\/history\/$/);
  await expect(page.getByRole("link", { name: "still-there.jpg" })).toBeVisible();
});

test("files chosen before signing in are not lost on the way to the login", async ({ page }) => {
  await openStart(page);
  await choose(page, fresh("portrait.jpg", "early.jpg"));
  await expect(page.getByText("Sign in to analyse. Your files wait here.")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "early.jpg" })).toBeVisible();
});

test("somebody changes the password", async ({ page, context }) => {
  const email = await signedIn(page);
  await page.goto("/account/");
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByLabel("New password").fill("five other words in line");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(
    page.getByRole("main").getByText("Password changed. Every other device is signed out."),
  ).toBeVisible();
  await context.clearCookies();
  await page.goto("/login/");
  await signIn(page, email, "five other words in line");
  await expect(page.getByRole("navigation").getByRole("link", { name: "Account" })).toBeVisible();
});

test("somebody deletes the account with everything in it", async ({ page, context }) => {
  const email = await signedIn(page);
  const { job_id } = await analysed(page, "portrait.jpg");
  await page.goto("/account/");
  await page.getByRole("button", { name: "Delete account" }).click();
  const dialog = page.getByRole("alertdialog").or(page.getByRole("dialog"));
  await dialog
    .getByLabel(/password/i)
    .first()
    .fill(PASSWORD);
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByRole("main").getByText("The account and its own files are deleted.")).toBeVisible();
  await context.clearCookies();
  const again = await page.request.post("/api/auth/login", { data: { email, password: PASSWORD } });
  expect(again.status()).toBe(401);
  expect((await page.request.get(`/api/results/${job_id}`)).ok()).toBe(false);
});
