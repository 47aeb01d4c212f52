import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expectAccessible, expectNoSidewaysScroll } from "./accessibility";
import { PYTHON } from "./product";
import { analysed, idIn, open, tabTo, verdict } from "./steps";
import { expect, test } from "./test";

const FOLDER = mkdtempSync(path.join(tmpdir(), "deepshield-signed-"));
const LISTS = path.join(FOLDER, "lists");

test.use({ settings: { PROVENANCE_TRUST_DIR: LISTS } });

test("what a signed file says of itself, and where it came from, are read without a mouse", async ({
  page,
}) => {
  execFileSync(PYTHON, [path.join(import.meta.dirname, "signed.py"), FOLDER]);
  const list = ["-m", "deepshield", "provenance", "trust-list", path.join(FOLDER, "signers.pem")];
  execFileSync(PYTHON, list, { env: { ...process.env, PROVENANCE_TRUST_DIR: LISTS } });
  const answer = await analysed(page, {
    name: "signed.jpg",
    mimeType: "image/jpeg",
    buffer: readFileSync(path.join(FOLDER, "signed.jpg")),
  });
  expect(answer.state).toBe("COMPLETED");
  await open(page, answer.job_id);
  await expect(verdict(page)).toBeVisible();

  await expect(
    page.getByText(/^Made with AI, says its signed record \(Example Generator Ltd.*\)\.$/),
  ).toBeVisible();
  const said = page.locator("#provenance");
  await expect(said.getByRole("heading", { level: 2 })).toHaveText("What the file says of itself");
  for (const text of [
    "Intact, by a signer on the trust list.",
    "Made by a generative model",
    "Example Tool 1.2",
    "Edited: Adobe Photoshop",
    "Example, Camera 7",
  ])
    await expect(said).toContainText(text);
  await expect(said).toContainText(/52\.52, 13\.41 \(in a workspace shown only to who sent the file/);

  const fields = said.locator("summary");
  await tabTo(page, fields);
  await page.keyboard.press("Enter");
  await expect(said.locator("details")).toHaveAttribute("open");
  await expect(said.locator("details")).toContainText("EXIF Model");

  const source = page.locator("#source");
  await expect(source).toContainText(answer.sha256);
  await expect(source).toContainText("Upload by a visitor without an account");
  const log = source.locator("summary");
  await tabTo(page, log);
  await page.keyboard.press("Space");
  const rows = source.locator("details li");
  await expect(rows.filter({ hasText: "Analysis accepted" })).toHaveCount(1);
  await expect(rows.filter({ hasText: "Analysis completed" })).toHaveCount(1);
  await expectAccessible(page);

  const evidence = source.getByRole("link", { name: /evidence/i });
  await tabTo(page, evidence);
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  expect(download.suggestedFilename()).toMatch(/\.zip$/);
  expect(idIn(page)).toBe(answer.job_id);

  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);
});
