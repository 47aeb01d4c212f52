import { expectAccessible, expectNoSidewaysScroll } from "./accessibility";
import { labelled, press, signedIn, tabTo, type } from "./steps";
import { WITH_ACCOUNTS, expect, test, type Page } from "./test";

test.use(WITH_ACCOUNTS);

/** Freezes what the form asks for, also files without consent. */
async function freeze(page: Page, counted: string): Promise<void> {
  await tabTo(page, page.getByRole("checkbox", { name: "Only files with recorded consent to research" }));
  await page.keyboard.press("Space");
  await press(page, "button", "Count the files");
  await expect(page.getByText(counted)).toBeVisible();
  await press(page, "button", "Freeze these files");
}

test("labelled files are frozen as versions, the model is measured on them and two measurements compared, by keyboard alone", async ({
  page,
}) => {
  await signedIn(page);
  await labelled(page, "portrait.jpg", "authentic");
  await labelled(page, "edited.jpg", "manipulated");
  await page.goto("/library/");
  await press(page, "link", "Data sets");
  await type(page, "Name", "newsroom-2026");
  await press(page, "button", "Make the data set");
  await press(page, "link", "newsroom-2026");
  await type(page, "Which files", "portrait OR edited");
  await type(page, "Licence", "CC0-1.0");
  await press(page, "button", "Count the files");
  await expect(page.getByRole("main").getByRole("alert")).toContainText("At character");
  await type(page, "Which files", "(portrait OR edited)");
  await press(page, "button", "Count the files");
  await expect(page.getByText("There is nothing to freeze.")).toBeVisible();
  // An edited picture is a near copy of its original: both stay in one group.
  await freeze(page, "2 files: 1 unmanipulated, 1 manipulated, 1 group");
  await expect(page.getByText("kept together: 2 files")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1, name: "newsroom-2026@1" })).toBeVisible();
  await expect(page.getByRole("row", { name: /^manipulated Face swapped upload 1$/ })).toBeVisible();
  const manifest = page.getByRole("link", { name: "manifest.jsonl" });
  await tabTo(page, manifest);
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  expect(download.suggestedFilename()).toMatch(/\.jsonl$/);

  await press(page, "button", "Measure the model");
  await press(page, "button", "Analyse what is missing, then measure");
  await expect(page.getByRole("img", { name: /^ROC curve, AUC \d/ })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/^[01] of 1 \(95\s%: /)).toHaveCount(2);
  await expectAccessible(page);
  await press(page, "link", "Show the version");
  await press(page, "link", "All versions of this data set");
  await type(page, "Which files", "edited");
  await type(page, "Licence", "CC0-1.0");
  await freeze(page, "1 file: 0 unmanipulated, 1 manipulated, 1 group");
  await expect(page.getByRole("heading", { level: 1, name: "newsroom-2026@2" })).toBeVisible();
  await tabTo(page, page.getByRole("combobox", { name: "Version" }));
  await page.keyboard.type("1");
  await expect(page.getByText("1 the same, 1 added, 0 removed")).toBeVisible();
  await press(page, "button", "Measure the model");
  await press(page, "button", "Measure what there is");
  await press(page, "link", "All measurements");
  for (const number of [1, 2]) {
    await tabTo(
      page,
      page.getByRole("checkbox", { name: `Choose newsroom-2026@${number} for a comparison` }),
    );
    await page.keyboard.press("Space");
  }
  await press(page, "link", "Compare the two chosen");
  await expect(page.getByText("0 of 1 verdicts differ.")).toBeVisible();
  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);
});
