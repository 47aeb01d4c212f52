import { createFormatter } from "use-intl";
import { expect, it } from "vitest";

import type { Locale } from "./messages";
import { regionOf } from "./provider";

it("writes dates in English as where the browser says that its reader is", () => {
  expect(regionOf("en", ["de-DE", "en-GB", "en-US"])).toBe("en-GB");
  expect(regionOf("en", ["en-US", "en-GB"])).toBe("en");
  expect(regionOf("en", ["en", "en-Latn-GB"])).toBe("en");
  expect(regionOf("de", ["de-AT", "en-GB"])).toBe("de");
  const format = createFormatter({ locale: regionOf("en", ["en-GB"]) as Locale, timeZone: "UTC" });
  expect(format.dateTime(new Date("2026-11-30T12:00:00Z"), { dateStyle: "medium" })).toBe("30 Nov 2026");
});
