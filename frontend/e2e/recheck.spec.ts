import { expectAccessible } from "./accessibility";
import { fresh } from "./media";
import { analysed, open, signedIn, verdict } from "./steps";
import { WITH_ACCOUNTS, expect, test, type Page } from "./test";

test.use(WITH_ACCOUNTS);

const rows = (page: Page) => page.getByRole("row").filter({ has: page.getByRole("cell") });

/** Goes to a button by the keyboard's means and presses it. */
async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole("button", { name }).focus();
  await page.keyboard.press("Enter");
}

test("after a change of the model files are checked again, and what changed is shown and told", async ({
  page,
  product,
}) => {
  test.slow();
  await signedIn(page);
  const job = await analysed(page, fresh("edited.jpg", "edited.jpg"));
  expect(job.result?.verdict).toBe("manipulated");
  await product.restart({ INFER_FAKE_DECISION_THRESHOLD: "0.9999" });

  await page.goto("/library/");
  await page.getByRole("link", { name: "Rechecks" }).click();
  await expect(page.getByText("There are no rechecks yet.")).toBeVisible();
  await press(page, "Check files again");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Which files").fill("nonsense:1");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toBeVisible();
  await dialog.getByLabel("Which files").fill("verdict:manipulated");
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("1 file, of which 1 will be analysed.")).toBeVisible();
  await dialog.getByLabel("Reason (optional)").fill("Another threshold");
  await expectAccessible(page);
  await press(page, "Check 1 file again");

  await expect(page).toHaveURL(/\/rechecks\/\?id=[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { level: 1, name: "Another threshold" })).toBeVisible();
  await expect(page.getByText("Finished")).toBeVisible({ timeout: 90_000 });
  await expect(page.getByText("1 of 1 done · 1 verdict changed")).toBeVisible();
  await expect(rows(page)).toHaveText([/edited\.jpg.*Signs.*Not flagged|edited\.jpg.*Signs.*Inconclusive/]);
  await expectAccessible(page);
  await press(page, /^Now signs/);
  await expect(page.getByText("No files here.")).toBeVisible();
  await page.getByRole("link", { name: "All rechecks" }).click();
  await expect(page.getByRole("link", { name: "Another threshold" })).toBeVisible();
  await expectAccessible(page);

  // The older result stays, and says once more how to go on.
  await open(page, job.job_id);
  await expect(verdict(page)).toBeVisible();
  await press(page, "Check again");
  await expect(dialog.getByText(/it counts as an upload/)).toBeVisible();
  await press(page, "Check all the same");
  await expect(page).not.toHaveURL(new RegExp(job.job_id));
  await expect(verdict(page)).toBeVisible({ timeout: 60_000 });
});
