import { fresh } from "./media";
import { answerOf, choose, drop, idIn, openStart, paste, verdict } from "./steps";
import { expect, test } from "./test";

test("a newcomer drops a photo anywhere and reads a verdict", async ({ page }) => {
  await openStart(page);
  await drop(page, fresh("portrait.jpg"));
  await expect(page).toHaveURL(/\/result\/\?id=[\w-]+$/);
  await expect(verdict(page)).toBeVisible();
  await expect(verdict(page)).toContainText(/\d\s%/);
  await expect(page.getByRole("img", { name: /threshold/i })).toBeVisible();
  await expect(page.getByText("portrait.jpg").first()).toBeVisible();
});

test("a newcomer chooses a video and reads who, where and when", async ({ page }) => {
  await openStart(page);
  await expect(page.getByRole("button", { name: "Choose files" })).toBeVisible();
  await choose(page, fresh("clip.mp4"));
  await expect(verdict(page)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("slider", { name: /Person A/ })).toBeVisible();
  await expect(
    page
      .getByRole("table", { name: /People/i })
      .or(page.getByRole("table"))
      .first(),
  ).toBeVisible();
  await expect(page.locator("video")).toHaveJSProperty("paused", true);
});

test("somebody pastes a photo", async ({ page }) => {
  await openStart(page);
  await expect(page.getByRole("button", { name: "Choose files" })).toBeVisible();
  await paste(page, fresh("edited.jpg"));
  await expect(verdict(page)).toBeVisible();
});

test("somebody tries a sample with one click", async ({ page }) => {
  await openStart(page);
  const samples = page.getByRole("region", { name: /sample/i });
  await expect(samples.getByRole("button")).toHaveCount(4);
  await expect(samples).not.toContainText(/signs|manipulat/i);
  await samples.getByRole("button", { name: "A clip" }).click();
  await expect(verdict(page)).toBeVisible({ timeout: 60_000 });
});

test("somebody drops several files and opens the result of one", async ({ page, product }) => {
  await openStart(page);
  product.freeze();
  await choose(
    page,
    fresh("portrait.jpg", "first.jpg"),
    fresh("edited.jpg", "second.jpg"),
    fresh("walk.mp4", "third.mp4"),
  );
  const row = (name: string) => page.getByRole("listitem").filter({ hasText: name });
  for (const name of ["first.jpg", "second.jpg", "third.mp4"]) await expect(row(name)).toBeVisible();
  await expect(page).toHaveURL(/\/$/);
  product.thaw();
  for (const name of ["first.jpg", "second.jpg", "third.mp4"]) {
    await expect(row(name).getByRole("link", { name: /See result/ })).toBeVisible({ timeout: 60_000 });
  }
  await row("second.jpg")
    .getByRole("link", { name: /See result/ })
    .click();
  await expect(verdict(page)).toBeVisible();
  expect((await answerOf(page, idIn(page))).metadata.original_filename).toBe("second.jpg");
});

test("a wrong file among several leaves the others alone, and its error stays", async ({ page }) => {
  await openStart(page);
  await choose(page, fresh("portrait.jpg", "good.jpg"), fresh("words.jpg", "words.jpg"));
  const row = (name: string) => page.getByRole("listitem").filter({ hasText: name });
  await expect(row("words.jpg")).toContainText(
    "We cannot read this kind of file. Use MP4, MOV, JPEG, PNG or HEIC.",
  );
  await expect(row("good.jpg").getByRole("link", { name: /See result/ })).toBeVisible();
  await expect(row("words.jpg")).toContainText("We cannot read this kind of file.");
});
