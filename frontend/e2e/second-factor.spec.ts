import { expectAccessible, expectNoSidewaysScroll, expectTargets } from "./accessibility";
import { STEP, codeAt } from "./one-time-code";
import { PASSWORD, signedIn } from "./steps";
import { WITH_ACCOUNTS, expect, test, type Page } from "./test";

test.use(WITH_ACCOUNTS);

async function signIn(page: Page, email: string): Promise<void> {
  await page.goto("/login/");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("somebody turns the second factor on, signs in with its code, and with a recovery code", async ({
  page,
  context,
}) => {
  const email = await signedIn(page);
  await page.goto("/account/");
  const card = page.locator("#second-factor");
  await card.getByRole("button", { name: "Turn on" }).click();
  await card.getByLabel("Current password").fill(PASSWORD);
  await card.getByRole("button", { name: "Go on" }).click();
  const picture = card.getByRole("img", { name: /QR code/ });
  await expect(picture).toBeVisible();
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0);
  await expectAccessible(page);
  await expectTargets(page, 24);
  const secret = await card.getByLabel("The secret, for typing").inputValue();
  await card.getByLabel("Code", { exact: true }).fill("000000");
  await card.getByRole("button", { name: "Turn on" }).click();
  await expect(card.getByText(/This code is wrong/)).toBeVisible();
  await card.getByLabel("Code", { exact: true }).fill(codeAt(secret, Date.now()));
  await card.getByRole("button", { name: "Turn on" }).click();
  await expect(card.getByText(/^On since/)).toBeVisible();
  const recovery = await card.getByRole("listitem").allInnerTexts();
  expect(recovery).toHaveLength(10);
  await expectAccessible(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await expectNoSidewaysScroll(page);

  await context.clearCookies();
  await signIn(page, email);
  const field = page.getByLabel("Code", { exact: true });
  await expect(field).toBeFocused();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Enter the code.")).toBeVisible();
  await field.fill(codeAt(secret, Date.now() + STEP)); // the present one was taken
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("navigation").getByRole("link", { name: "Account" })).toBeVisible();

  await context.clearCookies();
  await signIn(page, email);
  await field.fill(recovery[0] ?? "");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("navigation").getByRole("link", { name: "Account" })).toBeVisible();
  await page.goto("/account/");
  await expect(card.getByText("9 recovery codes are left.")).toBeVisible();
});

test("somebody sees where the account is signed in and ends the other login", async ({ page, request }) => {
  const email = await signedIn(page);
  const elsewhere = await request.post("/api/auth/login", { data: { email, password: PASSWORD } });
  const { access_token } = (await elsewhere.json()) as { access_token: string };
  await page.goto("/account/");
  const rows = page.locator("#sessions").getByRole("listitem");
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: "this one" })).toHaveCount(1);
  await page.getByRole("button", { name: "Sign out all others" }).click();
  await expect(rows).toHaveCount(1);
  const headers = { Authorization: `Bearer ${access_token}` };
  expect((await request.get("/api/auth/me", { headers })).status()).toBe(401);
});
