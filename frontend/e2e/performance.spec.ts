import { analysed, open, verdict } from "./steps";
import { expect, test, type Page } from "./test";

type Measured = { shift: number; largestPaint: number; moved: string[] };

declare global {
  interface Window {
    measured: Measured;
  }
}

test.beforeEach(({ page }) =>
  page.addInitScript(() => {
    window.measured = { shift: 0, largestPaint: 0, moved: [] };
    type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node?: Element }[] };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Shift[]) {
        if (entry.hadRecentInput) continue;
        window.measured.shift += entry.value;
        window.measured.moved.push(
          ...entry.sources.map(
            ({ node }) => `${entry.value.toFixed(3)} ${node?.nodeName} ${node?.textContent?.slice(0, 60)}`,
          ),
        );
      }
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => {
      window.measured.largestPaint = list.getEntries().at(-1)?.startTime ?? 0;
    }).observe({ type: "largest-contentful-paint", buffered: true });
  }),
);

async function expectCalm(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  const { shift, largestPaint, moved } = await page.evaluate(() => window.measured);
  expect(shift, moved.join("\n")).toBeLessThan(0.05);
  expect(largestPaint).toBeGreaterThan(0);
  expect(largestPaint).toBeLessThan(2_500);
}

for (const width of [1280, 360]) {
  for (const path of ["/", "/history/", "/limits/", "/login/", "/register/"]) {
    test(`${path} stands still while it loads, ${width} px wide`, async ({ page }) => {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expectCalm(page);
    });
  }

  for (const file of ["clip.mp4", "edited.jpg"]) {
    test(`the result of ${file} stands still while it loads, ${width} px wide`, async ({ page }) => {
      await page.setViewportSize({ width, height: 800 });
      const { job_id } = await analysed(page, file);
      await open(page, job_id);
      await expect(verdict(page)).toBeVisible();
      await expectCalm(page);
      const images = await page
        .locator("img")
        .evaluateAll((all) =>
          (all as HTMLImageElement[])
            .filter(
              (image) =>
                !image.hasAttribute("alt") ||
                (getComputedStyle(image).position !== "absolute" &&
                  !(image.hasAttribute("width") && image.hasAttribute("height"))),
            )
            .map((image) => image.outerHTML.slice(0, 120)),
        );
      expect(images, "pictures without alt, or without a size before they come").toEqual([]);
    });
  }
}

test("nothing is loaded twice, and media only when it is looked at", async ({ page }) => {
  const { job_id } = await analysed(page, "clip.mp4");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await open(page, job_id);
  await expect(verdict(page)).toBeVisible();
  await page.waitForLoadState("networkidle");
  const scripts = asked.filter((url) => url.endsWith(".js"));
  expect(new Set(scripts).size).toBe(scripts.length);
  await expect(page.locator("video")).toHaveAttribute("preload", "metadata");
  await expect(page.locator("video")).not.toHaveAttribute("autoplay");
});
