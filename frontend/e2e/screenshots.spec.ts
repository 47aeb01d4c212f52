import { fresh } from "./media";
import { photographBoth } from "./photograph";
import { STATES, type State } from "./states";
import { openChanged, sent } from "./steps";
import { expect, test, type Page } from "./test";

const DESKTOP = { width: 1280, height: 960 };
const PHONE = { width: 360, height: 760 };

const DESKTOP_STATES = [
  "start",
  "queue",
  "video",
  "photo",
  "marking",
  "compare",
  "no-face",
  "history",
  "batch",
  "limits",
];
const PHONE_STATES = ["start", "video"];

/** An analysis in its middle, which a real one passes too quickly to be photographed. */
const ANALYSING: State = {
  name: "analysing",
  show: async (page, product) => {
    product.freeze();
    await openChanged(page, await sent(page, fresh("clip.mp4")), (told) => {
      told.state = "PROCESSING";
      told.stage = "inference";
      told.progress_percent = 64;
      told.progress = { frames_planned: 32, frames_decoded: 32, faces_found: 32, faces_scored: 14 };
    });
    await expect(page.getByRole("progressbar")).toBeVisible();
  },
};

/** So that the video's picture is one of a top moment and not the first. */
async function atTopMoment(page: Page): Promise<void> {
  const moment = page.getByRole("button", { name: /^Moment 1:/ });
  if ((await moment.count()) === 0) return;
  await moment.click();
  await expect(page.locator("[data-box]").first()).toBeVisible();
}

test.use({ contextOptions: { reducedMotion: "reduce" }, viewport: DESKTOP });

for (const state of [...STATES.filter(({ name }) => DESKTOP_STATES.includes(name)), ANALYSING]) {
  test(`${state.name} on a desktop`, async ({ page, product }) => {
    await state.show(page, product);
    await atTopMoment(page);
    await photographBoth(page, state.name);
  });
}

test.describe("on a phone", () => {
  test.use({ viewport: PHONE, hasTouch: true, isMobile: true });
  for (const { name, show } of STATES.filter((state) => PHONE_STATES.includes(state.name))) {
    test(`${name} on a phone`, async ({ page, product }) => {
      await show(page, product);
      await atTopMoment(page);
      await photographBoth(page, `${name}-phone`);
    });
  }
});
