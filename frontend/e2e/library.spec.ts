import { expectAccessible, expectNoSidewaysScroll } from "./accessibility";
import { fresh } from "./media";
import { analysed, signedIn } from "./steps";
import { WITH_ACCOUNTS, expect, test, type Page } from "./test";

test.use(WITH_ACCOUNTS);

const rows = (page: Page) => page.getByRole("row").filter({ has: page.getByRole("cell") });

/** Two photos in the library of somebody who is signed in. */
async function withTwo(page: Page): Promise<void> {
  await signedIn(page);
  for (const name of ["portrait.jpg", "edited.jpg"]) await analysed(page, { ...fresh(name), name });
  await page.goto("/library/");
  await expect(rows(page)).toHaveCount(2);
}

test("somebody finds, opens and marks a file by keyboard alone", async ({ page }) => {
  await withTwo(page);
  await expectAccessible(page);
  await page.keyboard.press("j");
  await expect(page.getByRole("link", { name: "edited.jpg" })).toBeFocused();
  await page.keyboard.press("x");
  await expect(page.getByText("1 file chosen")).toBeVisible();
  await expectAccessible(page);

  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Search and keys" })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  const search = page.getByRole("combobox", { name: "Search the library" });
  await page.keyboard.press("/");
  await expect(search).toBeFocused();
  await page.keyboard.type("colour:red");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main").getByRole("alert")).toContainText("At character 1");
  await search.fill("");
  await page.keyboard.type("portrait ki");
  await expect(page.getByRole("option", { name: "kind:" })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.type("image");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\?q=portrait\+kind%3Aimage$/);
  await expect(rows(page)).toHaveText([/portrait\.jpg/]);
  await page.reload();
  await expect(rows(page)).toHaveText([/portrait\.jpg/]);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "portrait.jpg" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 2, name: "Analyses" })).toBeVisible();
  await expectAccessible(page);

  await page.getByLabel("New tag").focus();
  await page.keyboard.type("Desk");
  await page.keyboard.press("Enter");
  await expect(page.getByText("#desk")).toBeVisible();
  await page.getByLabel(/^Sensitive/).focus();
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Show the picture" })).toBeVisible();
  await page.getByRole("button", { name: "Hold", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("Evidence in a complaint.");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Evidence in a complaint.")).toBeVisible();
  await expect(page.getByText("Release it first")).toBeVisible();
  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);
  await page.goto("/library/?q=tag%3Adesk+held%3Ayes");
  await expect(rows(page)).toHaveText([/portrait\.jpg/]);
  await expectNoSidewaysScroll(page);
});

test("what many files are to go through is confirmed with their number, which is asked again once it has changed", async ({
  page,
}) => {
  await withTwo(page);
  await page.getByRole("checkbox", { name: "Choose all on this page" }).click();
  await expect(page.getByText("2 files chosen")).toBeVisible();

  // Somebody else forgets one of them meanwhile.
  const { media } = (await (await page.request.get("/api/media?q=edited")).json()) as {
    media: { id: string; revision: number }[];
  };
  const [gone] = media;
  const headers = { "If-Match": `"${gone?.revision}"` };
  const answer = await page.request.post(`/api/media/${gone?.id}/forget`, { headers });
  expect(answer.ok(), await answer.text()).toBe(true);

  await page.getByRole("button", { name: "Hold", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Hold 2 files" });
  await dialog.getByLabel("Reason").fill("A complaint.");
  await dialog.getByRole("button", { name: "Yes, 2 files" }).click();
  const again = page.getByRole("dialog", { name: "Hold 1 file" });
  await expect(again.getByRole("alert")).toContainText("2 files were shown, and now there is 1");
  await expectAccessible(page);
  await again.getByRole("button", { name: "Yes, 1 file" }).click();
  await expect(page.getByText("1 file was changed.")).toBeVisible();
  await expect(rows(page)).toHaveText([/portrait\.jpg.*Held/]);
});
