import { photographBoth } from "./photograph";
import { ACCOUNT_STATES } from "./states";
import { WITH_ACCOUNTS, expect, test, type Page } from "./test";

/** So that the cards of keys and webhooks have something in them, and are in the picture. */
async function withPrograms(page: Page): Promise<void> {
  const key = await page.request.post("/api/keys", {
    data: { name: "newsroom import", scopes: ["analyse", "read"] },
  });
  expect(key.ok(), await key.text()).toBe(true);
  await page.setViewportSize({ width: 1280, height: 1500 });
  await page.reload();
  await expect(page.getByText("newsroom import")).toBeVisible();
}

test.use({
  ...WITH_ACCOUNTS,
  contextOptions: { reducedMotion: "reduce" },
  viewport: { width: 1280, height: 800 },
});

for (const { name, show } of ACCOUNT_STATES.filter((state) =>
  [
    "login",
    "account",
    "people",
    "library",
    "media",
    "review",
    "review-told",
    "dataset",
    "measure",
    "policy-draft",
    "policies",
  ].includes(state.name),
)) {
  test(`${name} on a desktop`, async ({ page, product }) => {
    await show(page, product);
    if (name === "account") await withPrograms(page);
    await photographBoth(page, name);
  });
}
