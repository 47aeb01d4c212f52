import { expectAccessible, expectNoSidewaysScroll } from "./accessibility";
import { fresh } from "./media";
import { choose, idIn, open, openStart, signedIn, verdict } from "./steps";
import { WITH_ACCOUNTS, expect, test } from "./test";

test.use(WITH_ACCOUNTS);

test("somebody makes a workspace and invites a colleague, who reads there what was analysed, and no longer once removed", async ({
  page,
  browser,
  product,
}) => {
  await signedIn(page);
  await page.goto("/people/");
  await page.getByLabel("Name of the workspace").fill("Newsroom");
  await page.getByRole("button", { name: "Make workspace" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "Newsroom" })).toBeVisible();
  await expect(page.getByRole("combobox", { name: "Workspace" })).toContainText("Newsroom");
  await page.getByRole("combobox", { name: "Role", exact: true }).selectOption("viewer");
  await page.getByRole("button", { name: "Make link" }).click();
  const link = await page.getByRole("textbox", { name: "The link" }).inputValue();
  expect(link.startsWith(`${product.url}/people/?invitation=`)).toBe(true);
  await expectAccessible(page);
  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);
  await page.setViewportSize({ width: 1280, height: 900 });

  await openStart(page);
  await choose(page, fresh("portrait.jpg", "ours.jpg"));
  await expect(verdict(page)).toBeVisible();
  const id = idIn(page);

  const context = await browser.newContext({ locale: "en-GB", baseURL: product.url });
  const colleague = await context.newPage();
  const address = await signedIn(colleague);
  await open(colleague, id);
  await expect(
    colleague.getByRole("heading", { level: 1, name: "We cannot show this result" }),
  ).toBeVisible();
  await colleague.goto(link);
  await expect(colleague.getByText("Your role: Viewer.")).toBeVisible();
  await colleague.getByRole("button", { name: "Accept" }).click();
  await expect(colleague.getByText(/member since/)).toHaveCount(2); // the address was there before too
  await expect(colleague.getByText(address)).toBeVisible();
  await colleague.goto("/history/");
  await expect(colleague.getByText("sent by")).toBeVisible();
  await expect(colleague.getByRole("button", { name: "Delete ours.jpg" })).toHaveCount(0);
  await colleague.getByRole("link", { name: "ours.jpg" }).click();
  await expect(verdict(colleague)).toBeVisible();
  await expect(colleague.getByRole("img", { name: /^The photo/ })).not.toHaveJSProperty("naturalWidth", 0);
  await expect(colleague.getByRole("button", { name: "Share" })).toHaveCount(0);
  await colleague.goto("/");
  await expect(colleague.getByText("Your role here reads results")).toBeVisible();

  // A link works whichever workspace is chosen.
  await colleague.getByRole("combobox", { name: "Workspace" }).selectOption({ label: "My own" });
  await colleague.goto("/history/");
  await expect(colleague.getByRole("link", { name: "ours.jpg" })).toHaveCount(0);
  await open(colleague, id);
  await expect(verdict(colleague)).toBeVisible();

  await page.goto("/people/");
  await page.getByRole("button", { name: `Remove ${address}` }).click();
  await page.getByRole("button", { name: `Remove ${address} for good` }).click();
  await expect(page.getByText(address)).toHaveCount(0);
  await open(colleague, id);
  await expect(
    colleague.getByRole("heading", { level: 1, name: "We cannot show this result" }),
  ).toBeVisible();
  await context.close();
});
