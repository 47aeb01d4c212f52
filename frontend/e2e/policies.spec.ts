import { expectAccessible, expectNoSidewaysScroll } from "./accessibility";
import { fresh } from "./media";
import { choose, openStart, posted, press, signedIn, tabTo, type, verdict } from "./steps";
import { WITH_ACCOUNTS, expect, test, type Page } from "./test";

test.use(WITH_ACCOUNTS);

/** A shared workspace of who is signed in on the page, chosen in its browser, and a link for a second lead. */
async function newsroom(page: Page): Promise<{ id: string; token: string }> {
  const { id } = await posted<{ id: string }>(page, "/api/workspaces", { name: "Newsroom" });
  // So that no file is drawn for a blind reading, whose reader is told nothing of its estimate.
  const turned = await page.request.patch(`/api/workspaces/${id}`, { data: { asks_for_reviews: false } });
  expect(turned.ok(), await turned.text()).toBe(true);
  await page.addInitScript((chosen) => localStorage.setItem("deepshield.workspace", chosen), id);
  const path = `/api/workspaces/${id}/invitations`;
  return { id, token: (await posted<{ token: string }>(page, path, { role: "lead" })).token };
}

test("a lead drafts a policy on the scores of the workspace's files, another approves it, and results name it", async ({
  page,
  browser,
  product,
}) => {
  await signedIn(page);
  const { id, token } = await newsroom(page);
  await openStart(page);
  await choose(page, fresh("edited.jpg"));
  await expect(verdict(page)).toBeVisible();

  await page.goto("/review/");
  await press(page, "link", "Policies");
  await expect(page.getByText("The model's own rule")).toBeVisible();
  await press(page, "link", "Draft a policy");
  await expect(page.getByText("0 of 1 verdict would change.")).toBeVisible();
  await tabTo(page, page.getByRole("slider", { name: "Threshold" }));
  await page.keyboard.press("End");
  await expect(page.getByText("1 of 1 verdict would change. 1 to inconclusive.")).toBeVisible();
  await expect(page.getByRole("img", { name: /^How many of your files/ })).toBeVisible();
  await expectAccessible(page);
  await type(page, "Name", "Only what is sure");
  await press(page, "button", "Save the draft");
  await expect(page.getByRole("heading", { level: 1, name: "1: Only what is sure" })).toBeVisible();
  await expect(page.getByText("You drafted it, so somebody else has to approve it")).toBeVisible();
  await expect(page.getByRole("button", { name: "Approve" })).toHaveCount(0);
  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);

  const context = await browser.newContext({ locale: "en-GB", baseURL: product.url });
  const colleague = await context.newPage();
  await signedIn(colleague);
  expect((await colleague.request.post(`/api/invitations/${token}`)).ok()).toBe(true);
  await colleague.addInitScript((chosen) => localStorage.setItem("deepshield.workspace", chosen), id);
  await colleague.goto("/policies/");
  await press(colleague, "link", "1: Only what is sure");
  await press(colleague, "button", "Approve");
  const dialog = colleague.getByRole("dialog", { name: "Approve" });
  await press(colleague, "button", "Approve");
  await expect(dialog).toHaveCount(0);
  await expect(colleague.getByText("In force", { exact: true })).toBeVisible();
  await context.close();

  await openStart(page);
  await choose(page, fresh("edited.jpg"));
  await expect(page.getByRole("heading", { level: 1, name: /^Inconclusive/ })).toBeVisible();
  await expect(page.getByText("Policy 1 of the workspace: Only what is sure")).toBeVisible();

  await page.goto("/policies/?number=1");
  await press(page, "button", "Erase texts");
  await expect(page.getByRole("checkbox", { name: "Name" })).toBeChecked();
  await expectAccessible(page);
  await press(page, "button", "Erase for good");
  await expect(page.getByRole("heading", { level: 1, name: "1: […]" })).toBeVisible();
  await expect(page.getByText("The name was erased.")).toBeVisible();
});
