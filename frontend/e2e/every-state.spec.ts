import { expectAccessible, expectNoSidewaysScroll, expectTargets } from "./accessibility";
import { STATES } from "./states";
import { test } from "./test";

for (const { name, show } of STATES) {
  test(`${name}: accessible in both themes, no sideways scroll down to 320 px and at 400 %, targets of 24 px`, async ({
    page,
    product,
  }) => {
    await show(page, product);
    await expectAccessible(page);
    await expectTargets(page, 24);
    for (const size of [
      { width: 360, height: 740 },
      { width: 320, height: 640 },
      { width: 320, height: 225 }, // 1280 x 900 at 400 %
    ]) {
      await page.setViewportSize(size);
      await expectNoSidewaysScroll(page);
    }
    await expectAccessible(page);
  });
}
