import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { expectSettled } from "./accessibility";
import { expect, type Page } from "./test";

const OUT = path.resolve(import.meta.dirname, "../../docs/images");
const MOST_BYTES = 150_000;
const QUALITY = 82;

/** Writes what is seen of the page as docs/images/NAME-light.webp and NAME-dark.webp. */
export async function photographBoth(page: Page, name: string): Promise<void> {
  const dark = page.getByRole("button", { name: "Dark" });
  for (const theme of ["light", "dark"] as const) {
    if ((await dark.getAttribute("aria-pressed")) !== String(theme === "dark")) await dark.click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
    await expectSettled(page);
    await photograph(page, `${name}-${theme}.webp`);
  }
}

async function photograph(page: Page, file: string): Promise<void> {
  await page.evaluate(async () => {
    (document.activeElement as HTMLElement | null)?.blur();
    scrollTo(0, 0);
    await document.fonts.ready;
    await Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)));
  });
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  const bytes = Buffer.from(data, "base64");
  expect(bytes.length, file).toBeLessThan(MOST_BYTES);
  mkdirSync(OUT, { recursive: true });
  writeFileSync(path.join(OUT, file), bytes);
}
