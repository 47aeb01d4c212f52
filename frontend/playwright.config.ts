import { defineConfig } from "@playwright/test";
import path from "node:path";

import { PLAIN_HOST } from "./e2e/product";
import type { ProductOptions } from "./e2e/test";

/** Media that the tests are about; made by e2e/media.py, kept between runs. */
export const MEDIA = path.resolve(import.meta.dirname, "test-media");

export default defineConfig<object, ProductOptions>({
  testDir: "e2e",
  globalSetup: "./e2e/global-setup.ts",
  outputDir: "test-results",
  fullyParallel: false,
  // Each file has a service of its own; two keep both cores of a small machine busy.
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: process.env.CI ? [["list"], ["html", { open: "never" }]] : [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    // No traces: recording one reads pictures from memory by requests that the policy of the page forbids.
    screenshot: "only-on-failure",
    actionTimeout: 15_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
      ],
    },
  },
  projects: [
    { name: "e2e", testIgnore: /screenshots|stack|performance/ },
    // On a machine that does nothing else.
    { name: "performance", testMatch: /performance\.spec\.ts/, workers: 1 },
    { name: "stack", testMatch: /stack\.spec\.ts/ },
    { name: "screenshots", testMatch: /screenshots.*\.spec\.ts/ },
  ],
});
