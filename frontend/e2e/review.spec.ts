import { expectAccessible, expectNoSidewaysScroll } from "./accessibility";
import { signedIn, tabTo, toReview } from "./steps";
import { WITH_ACCOUNTS, expect, test, type Page } from "./test";

test.use(WITH_ACCOUNTS);

/** Where a page could learn what the machine has said. */
const OF_RESULTS = /^\/api\/(results|jobs|artifacts|media|export|compare)/;
/** What an answer of the API would name it by. */
const OF_VERDICTS = /verdict|score|heatmap|interval|threshold|reasons|bundle/i;
/** How the pages word it. */
const WORDED = /\d ?%|estimated|signs of manipulation|flagged|inconclusive|no signs/i;

/** Follows what the page asks for and is answered, but what every page asks for. */
function overheard(page: Page): { paths: string[]; bodies: Promise<string>[] } {
  const heard = { paths: [] as string[], bodies: [] as Promise<string>[] };
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith("/api/") || /^\/api\/(limits|auth\/me)$/.test(pathname)) return;
    heard.paths.push(pathname);
    if ((response.headers()["content-type"] ?? "").includes("json"))
      heard.bodies.push(response.text().catch(() => ""));
  });
  return heard;
}

const blurred = (page: Page) =>
  page.locator("video").evaluate((video) => getComputedStyle(video).filter.includes("blur"));

test("a film is read blind and answered by keyboard alone; only then the page knows what the machine said", async ({
  page,
}) => {
  await signedIn(page);
  await toReview(page, "clip.mp4");
  const heard = overheard(page);
  await page.goto("/review/");
  await expect(page.getByText("1 file waits for a reader")).toBeVisible();
  await expectAccessible(page);
  expect(heard.paths).not.toContain("/api/review/tasks/next");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "clip.mp4" })).toBeFocused();
  await expect(page.getByRole("link", { name: "Review", exact: true })).toBeVisible();
  const video = page.locator("video");
  await expect(video).toHaveJSProperty("readyState", 4);
  expect(await blurred(page)).toBe(true);
  await expect(video).toHaveJSProperty("muted", true);
  await expectAccessible(page);
  await page.keyboard.press("b");
  expect(await blurred(page)).toBe(false);
  await expect(video).toHaveJSProperty("muted", false);

  await page.keyboard.press("[");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("]");
  await expect(page.getByRole("button", { name: "From 0:00.0 to 0:01.0", exact: true })).toBeVisible();
  const before = await video.evaluate((film: HTMLVideoElement) => film.currentTime);
  await page.keyboard.press(",");
  await expect
    .poll(() => video.evaluate((film: HTMLVideoElement) => film.currentTime))
    .toBeLessThan(before - 0.01);
  await page.keyboard.press("r");
  const box = page.getByRole("application", { name: /^Region/ });
  await expect(box).toBeFocused();
  const begun = await box.getAttribute("aria-label");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(box).not.toHaveAttribute("aria-label", begun ?? "");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: /^Region 1 at/ })).toBeVisible();

  const problem = page.getByRole("main").getByRole("alert");
  await page.keyboard.press("Enter");
  await expect(problem).toContainText("Choose one of the four answers.");
  await page.keyboard.press("2");
  await expect(page.getByRole("radio", { name: "Manipulated" })).toBeChecked();
  await page.keyboard.press("Enter");
  await expect(problem).toContainText("Say what your answer stands on.");
  await expectAccessible(page);
  await tabTo(page, page.getByRole("checkbox", { name: "Lips made to fit other words" }));
  await page.keyboard.press("Space");
  await tabTo(page, page.getByRole("checkbox", { name: "Signs that I see or hear" }));
  await page.keyboard.press("Space");

  await page.reload();
  await expect(page.getByRole("checkbox", { name: "Lips made to fit other words" })).toBeChecked();
  await expect(page.getByRole("button", { name: /^Region 1 at/ })).toBeVisible();
  expect(await page.locator("body").innerText()).not.toMatch(WORDED);
  expect(heard.paths).toContain("/api/review/tasks/next");
  expect(heard.paths.filter((path) => OF_RESULTS.test(path))).toEqual([]);
  for (const body of await Promise.all(heard.bodies)) expect(body).not.toMatch(OF_VERDICTS);

  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Answered: clip.mp4" })).toBeFocused();
  await expect(page.getByRole("heading", { level: 2, name: "What the machine said" })).toBeVisible();
  expect(await page.getByRole("main").innerText()).toMatch(/flagged|Signs|Inconclusive/);
  await expect(page.getByText("For the story of Monday.")).toBeVisible();
  await expect(page.getByText("Lips made to fit other words").first()).toBeVisible();
  await expectAccessible(page);
  await tabTo(page, page.getByRole("button", { name: "Correct my answer" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("checkbox", { name: "Lips made to fit other words" })).toBeChecked();
  await tabTo(page, page.getByRole("checkbox", { name: "Face swapped" }));
  await page.keyboard.press("Space");
  await tabTo(page, page.getByRole("button", { name: "Replace my answer" }));
  await page.keyboard.press("Enter");
  await expect(page.getByText("Lips made to fit other words, Face swapped")).toBeVisible();
  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);
  await page.keyboard.press("Enter");
  await expect(page.getByText("Nothing waits for you")).toBeVisible();
});
