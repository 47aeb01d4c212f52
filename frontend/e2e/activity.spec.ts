import { readFileSync } from "node:fs";

import { expectAccessible, expectNoSidewaysScroll } from "./accessibility";
import { fresh } from "./media";
import { choose, idIn, openStart, signedIn, tabTo, verdict } from "./steps";
import { WITH_ACCOUNTS, expect, test } from "./test";

test.use(WITH_ACCOUNTS);

test("an admin reads by keyboard what has been done in the workspace, narrows it and takes it away", async ({
  page,
}) => {
  const email = await signedIn(page);
  await page.goto("/people/");
  await page.getByLabel("Name of the workspace").fill("Newsroom");
  await page.getByRole("button", { name: "Make workspace" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "Newsroom" })).toBeVisible();
  await openStart(page);
  await choose(page, fresh("portrait.jpg"));
  await expect(verdict(page)).toBeVisible();
  const id = idIn(page);

  await page.goto("/people/");
  const way = page.getByRole("link", { name: "What has been done in it" });
  await expect(way).toBeVisible();
  await tabTo(page, way);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Activity" })).toBeVisible();
  const entries = page.getByRole("list", { name: "Entries" }).getByRole("listitem");
  await expect(entries.filter({ hasText: "Analysis accepted" })).toContainText(email);
  await expect(entries.filter({ hasText: "Analysis completed" })).toContainText("this service");
  await expect(entries.filter({ hasText: "Workspace made" })).toHaveCount(1);
  await expect(page.getByText(/^Yes, as far as its hashes show/)).toBeVisible();
  await expectAccessible(page);

  const kind = page.getByRole("combobox", { name: "What", exact: true });
  await tabTo(page, kind);
  await page.keyboard.type("Analyses");
  await expect(page).toHaveURL(/\?action=job$/);
  await expect(entries.filter({ hasText: "Workspace made" })).toHaveCount(0);
  const field = page.getByRole("textbox", { name: "Id of what it is about" });
  await tabTo(page, field);
  await page.keyboard.type(id);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`action=job&subject=${id}$`));
  await page.reload();
  await expect(entries).toHaveCount(2);
  await expect(field).toHaveValue(id);

  const table = page.getByRole("link", { name: "Save as CSV" });
  await tabTo(page, table);
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  const lines = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\r\n");
  expect(lines.map((line) => line.split(",")[3])).toEqual(["action", "job.completed", "job.accepted"]);

  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);
});
