import { describe, expect, it } from "vitest";

import { shownCountry } from "./country";

const KNOWN = ["AU", "EU", "DE", "GB", "US"];

describe("the country shown", () => {
  it("is the one in the address, in whatever case", () => {
    expect(shownCountry("gb", ["de-DE"], KNOWN)).toBe("GB");
  });

  it("comes from the browser's languages, of which the first with an entry counts", () => {
    expect(shownCountry(null, ["fr-CH", "en-AU", "de"], KNOWN)).toBe("AU");
    expect(shownCountry("XX", ["de"], KNOWN)).toBe("DE");
    expect(shownCountry(null, ["zh-Hant-US"], KNOWN)).toBe("US");
  });

  it("is the European Union where no language names one", () => {
    expect(shownCountry(null, ["en"], KNOWN)).toBe("EU");
    expect(shownCountry(null, [], ["JP"])).toBe("JP");
    expect(shownCountry(null, ["de"], [])).toBeNull();
  });
});
