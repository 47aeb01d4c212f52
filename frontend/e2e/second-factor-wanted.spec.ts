import { expectAccessible } from "./accessibility";
import { codeAt } from "./one-time-code";
import { PASSWORD, signedIn } from "./steps";
import { WITH_ACCOUNTS, expect, test } from "./test";

test.use({ settings: { ...WITH_ACCOUNTS.settings, SAAS_REQUIRE_SECOND_FACTOR: "true" } });

test("where the server wants a second factor, an account can set it up alone, and then all else", async ({
  page,
}) => {
  await signedIn(page);
  await page.goto("/account/");
  await expect(page.getByText(/^This server wants a second factor of every account/)).toBeVisible();
  await expect(page.getByRole("heading", { name: "API keys" })).toHaveCount(0);
  await expectAccessible(page);
  const card = page.locator("#second-factor");
  await card.getByRole("button", { name: "Turn on" }).click();
  await card.getByLabel("Current password").fill(PASSWORD);
  await card.getByRole("button", { name: "Go on" }).click();
  const secret = await card.getByLabel("The secret, for typing").inputValue();
  await card.getByLabel("Code", { exact: true }).fill(codeAt(secret, Date.now()));
  await card.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByRole("heading", { name: "API keys" })).toBeVisible();
  await expect(card.getByRole("listitem")).toHaveCount(10); // the recovery codes stay until they are noted
});
