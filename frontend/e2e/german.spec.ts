import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { expectNoSidewaysScroll } from "./accessibility";
import { fresh } from "./media";
import { analysed, choose, open, openStart } from "./steps";
import { expect, test, type Page } from "./test";

test.use({ locale: "de-DE" });

type Tree = { [key: string]: string | Tree };

const MESSAGES = path.resolve(import.meta.dirname, "../messages");

function texts(language: string): Tree {
  const folder = path.join(MESSAGES, language);
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return Object.fromEntries(
    files.map((file) => [file, JSON.parse(readFileSync(path.join(folder, file), "utf8")) as Tree]),
  );
}

function pairs(english: Tree, german: Tree): [string, string][] {
  return Object.entries(english).flatMap(([key, text]) => {
    const other = german[key];
    if (typeof text === "string") return typeof other === "string" ? [[text, other] as [string, string]] : [];
    return typeof other === "object" ? pairs(text, other) : [];
  });
}

const SENTENCES = pairs(texts("en"), texts("de"))
  .filter(
    ([english, german]) => english !== german && english.split(" ").length > 2 && !english.includes("{"),
  )
  .map(([english]) => english);

async function expectGerman(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  const text = await page.locator("body").innerText();
  expect(SENTENCES.filter((sentence) => text.includes(sentence))).toEqual([]);
}

test("a German reader uploads a clip and reads the verdict", async ({ page }) => {
  await openStart(page);
  await expect(page.getByRole("button", { name: "Dateien wählen" })).toBeVisible();
  await expectGerman(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await expectNoSidewaysScroll(page);
  await choose(page, fresh("clip.mp4"));
  await expect(page).toHaveURL(/result/);
  await expect(
    page.getByRole("heading", { level: 1, name: /Spuren von Manipulation.*%|Nicht eindeutig/ }),
  ).toBeVisible({ timeout: 60_000 });
  await expectGerman(page);
  await expectNoSidewaysScroll(page);
});

for (const path of [
  "/history/",
  "/limits/",
  "/compare/",
  "/law/?country=US",
  "/login/",
  "/register/",
  "/account/",
  "/activity/",
  "/people/",
  "/people/?invitation=unknown",
  "/batch/",
  "/batch/?id=00000000-0000-4000-8000-000000000000",
  "/nowhere/",
]) {
  test(`${path} is German throughout`, async ({ page }) => {
    await page.goto(path);
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expectGerman(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await expectNoSidewaysScroll(page);
  });
}

test("a reader changes the language, and it stays", async ({ page }) => {
  const { job_id } = await analysed(page, "portrait.jpg");
  await open(page, job_id);
  await expect(
    page.getByRole("heading", { level: 1, name: /Spuren von Manipulation|Nicht gemeldet/ }),
  ).toBeVisible();
  await page.getByRole("combobox", { name: "Sprache" }).selectOption("en");
  await expect(
    page.getByRole("heading", { level: 1, name: /signs of manipulation|Not flagged/i }),
  ).toBeVisible();
  await page.reload();
  await expect(
    page.getByRole("heading", { level: 1, name: /signs of manipulation|Not flagged/i }),
  ).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
});
