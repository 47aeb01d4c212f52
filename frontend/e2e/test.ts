import { test as base, expect, type Page } from "@playwright/test";

import { ELSEWHERE, Product } from "./product";

/** Settings of the service that a file's tests run against: `test.use({ settings: { … } })`. */
export type ProductOptions = { settings: Record<string, string> };

/** Settings of a service that requires accounts. */
export const WITH_ACCOUNTS = { settings: { SAAS_REQUIRE_AUTH: "true", SAAS_FREE_DAILY_UPLOADS: "3" } };

type Fixtures = { peace: void };

/** Playwright's `test` on the real product; a foreign request or a breach of the page's policy fails any test. */
export const test = base.extend<Fixtures, ProductOptions & { product: Product }>({
  settings: [{}, { option: true, scope: "worker" }],
  product: [
    async ({ settings }, use) => {
      if (ELSEWHERE !== undefined) return use(Product.at(ELSEWHERE));
      const product = await Product.start(settings);
      await use(product);
      await product.stop();
    },
    { scope: "worker", timeout: 240_000 },
  ],
  baseURL: async ({ product }, provide) => provide(product.url),
  peace: [
    async ({ context, product }, use) => {
      const disturbances: string[] = [];
      await context.exposeBinding("reportToTest", (_, told: string) => disturbances.push(told));
      await context.addInitScript(() => {
        addEventListener("securitypolicyviolation", (event) => {
          const report = (window as unknown as { reportToTest: (told: string) => void }).reportToTest;
          report(
            `policy: ${event.violatedDirective} blocked ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
          );
        });
      });
      context.on("request", (request) => {
        const own = [product.url, product.plainUrl].some((url) => request.url().startsWith(`${url}/`));
        if (!own && !/^(blob|data):/.test(request.url())) disturbances.push(`foreign: ${request.url()}`);
      });
      context.on("weberror", (error) => disturbances.push(`page error: ${error.error().message}`));
      context.on("console", (message) => {
        // What the browser itself logs of answers that tests provoke, and of plain HTTP, is none of the page's.
        const browsers = /^Failed to load resource|^The Cross-Origin-Opener-Policy header has been ignored/;
        if (message.type() === "error" && !browsers.test(message.text()))
          disturbances.push(`console: ${message.text()}`);
      });
      await use();
      product.thaw();
      expect(disturbances, "foreign requests, breaches of the policy, errors in the console").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect, type Page };
