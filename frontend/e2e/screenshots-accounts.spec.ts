import { photographBoth } from "./photograph";
import { ACCOUNT_STATES } from "./states";
import { WITH_ACCOUNTS, test } from "./test";

test.use({
  ...WITH_ACCOUNTS,
  contextOptions: { reducedMotion: "reduce" },
  viewport: { width: 1280, height: 800 },
});

for (const { name, show } of ACCOUNT_STATES.filter((state) => ["login", "account"].includes(state.name))) {
  test(`${name} on a desktop`, async ({ page, product }) => {
    await show(page, product);
    await photographBoth(page, name);
  });
}
