import AxeBuilder from "@axe-core/playwright";

import { expect, type Page } from "./test";

/** Fails on what axe calls serious or critical, in the light and in the dark theme. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const theme of ["light", "dark"] as const) {
    await page.evaluate((chosen) => {
      document.documentElement.dataset.theme = chosen;
    }, theme);
    await expectSettled(page);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const grave = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${theme} ${id} ${target.join(" ")}: ${failureSummary}`),
      );
    expect(grave).toEqual([]);
  }
}

/** Waits until no colour is on its way to another one: between them there is no contrast that could be measured. */
export async function expectSettled(page: Page): Promise<void> {
  await expect
    .poll(() =>
      page.evaluate(
        () => document.getAnimations().filter((animation) => animation instanceof CSSTransition).length,
      ),
    )
    .toBe(0);
}

/** Fails when the page can be scrolled sideways, once it has settled; names what sticks out. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const beyond = () =>
    page.evaluate(() => {
      const room = document.documentElement.clientWidth;
      if ((document.scrollingElement?.scrollWidth ?? 0) <= room) return [];
      return [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > room + 1)
        .map(
          (element) =>
            `${element.tagName} ${element.getAttribute("class")?.slice(0, 60)} ${element.textContent?.slice(0, 40)}`,
        );
    });
  await expect.poll(beyond, { message: `${page.viewportSize()?.width} px wide`, timeout: 5_000 }).toEqual([]);
}

/** Fails on controls that are lower or narrower than `least` CSS pixels; links inside sentences are exempt (WCAG 2.5.8). */
export async function expectTargets(page: Page, least: number): Promise<void> {
  const small = await page.evaluate((limit) => {
    const controls =
      "button, a[href], input:not([type=hidden]), select, textarea, summary, [role=slider], [role=menuitem], [role=button]";
    return [...document.querySelectorAll<HTMLElement>(controls)]
      .filter(
        (element) =>
          element.checkVisibility({ visibilityProperty: true }) &&
          getComputedStyle(element).display !== "inline",
      )
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(
        ({ box }) => box.width > 1 && box.height > 1 && (box.height < limit - 0.5 || box.width < limit - 0.5),
      )
      .map(
        ({ element, box }) =>
          `${Math.round(box.width)} x ${Math.round(box.height)} px: ${element.getAttribute("aria-label") ?? element.textContent?.slice(0, 40)}`,
      );
  }, least);
  expect(small).toEqual([]);
}
