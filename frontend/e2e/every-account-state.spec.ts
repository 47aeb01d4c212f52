import { expectAccessible, expectNoSidewaysScroll, expectTargets } from "./accessibility";
import { ACCOUNT_STATES } from "./states";
import { WITH_ACCOUNTS, test } from "./test";

test.use(WITH_ACCOUNTS);

for (const { name, show } of ACCOUNT_STATES) {
  test(`${name}: accessible in both themes, no sideways scroll down to 320 px, targets of 24 px`, async ({
    page,
    product,
  }) => {
    await show(page, product);
    await expectAccessible(page);
    await expectTargets(page, 24);
    for (const width of [360, 320]) {
      await page.setViewportSize({ width, height: 640 });
      await expectNoSidewaysScroll(page);
    }
  });
}
