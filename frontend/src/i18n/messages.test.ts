import { TYPE, parse, type MessageFormatElement } from "@formatjs/icu-messageformat-parser";
import { IntlMessageFormat } from "intl-messageformat";
import { describe, expect, it } from "vitest";

import de from "@messages/de";
import deActivity from "@messages/de/activity.json";
import deDatasets from "@messages/de/datasets.json";
import deLibrary from "@messages/de/library.json";
import deMeasure from "@messages/de/measure.json";
import dePolicies from "@messages/de/policies.json";
import deReview from "@messages/de/review.json";
import deSound from "@messages/de/sound.json";
import en from "@messages/en";
import enActivity from "@messages/en/activity.json";
import enDatasets from "@messages/en/datasets.json";
import enLibrary from "@messages/en/library.json";
import enMeasure from "@messages/en/measure.json";
import enPolicies from "@messages/en/policies.json";
import enReview from "@messages/en/review.json";
import enSound from "@messages/en/sound.json";

type Tree = { [key: string]: string | Tree };

/** Said once of the file, to deny it; and the engine's reason, which denies it too. */
const DENIALS = [
  "This does not show that the file is authentic.",
  "No person scores above the threshold; that does not make the file authentic.",
];
const FORBIDDEN = {
  en: /\b(authentic\w*|verified|verify|real|safe|safely|proof|proven|confidence|confident)\b/i,
  de: /(?<!\p{L})(echt\p{L}*|authentisch\p{L}*|verifizier\p{L}*|sicher|sichere[nrms]?|bewiesen\p{L}*|beweis\p{L}*|konfidenz\p{L}*)(?!\p{L})/iu,
};

/** What people, not the machine, hold a file to be. */
const BY_PEOPLE = ["library.human.authentic", "review.value.authentic", "review.help.key.answer"];

/** Their numbers are never 1: test files, the people that a correction or a longer list is about, a bound of counting; and shares in percent. */
const NEVER_ONE = [
  "library.foundMore",
  "analyse.figures.pooled",
  "result.details.steps.numberText",
  "viewer.allPeople",
  "method.rate.text",
];

function flat(tree: Tree, prefix = ""): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === "string"
        ? [[`${prefix}${key}`, value] as const]
        : [...flat(value, `${prefix}${key}.`)],
    ),
  );
}

/** The arguments of a message, with how each is used; plural forms differ between languages, arguments do not. */
function used(elements: MessageFormatElement[]): string[] {
  return elements.flatMap((element) => {
    if (element.type === TYPE.literal || element.type === TYPE.pound) return [];
    const inner =
      element.type === TYPE.tag
        ? used(element.children)
        : element.type === TYPE.select || element.type === TYPE.plural
          ? Object.values(element.options).flatMap((option) => used(option.value))
          : [];
    return [element.value, ...inner];
  });
}

const texts = {
  en: flat({
    ...en,
    activity: enActivity,
    library: enLibrary,
    review: enReview,
    datasets: enDatasets,
    measure: enMeasure,
    policies: enPolicies,
    sound: enSound,
  }),
  de: flat({
    ...de,
    activity: deActivity,
    library: deLibrary,
    review: deReview,
    datasets: deDatasets,
    measure: deMeasure,
    policies: dePolicies,
    sound: deSound,
  }),
};
const argumentsOf = (text: string) => [...new Set(used(parse(text)))].sort();

describe("texts", () => {
  it("are the same keys in both languages", () => {
    const missing = (from: Map<string, string>, other: Map<string, string>) =>
      [...from.keys()].filter((key) => !other.has(key));
    expect({ de: missing(texts.en, texts.de), en: missing(texts.de, texts.en) }).toEqual({ de: [], en: [] });
  });

  it("take the same arguments in both languages", () => {
    for (const [key, text] of texts.en) {
      expect(argumentsOf(texts.de.get(key) ?? ""), key).toEqual(argumentsOf(text));
    }
  });

  it("are translated, where they are sentences", () => {
    const same = [...texts.en].filter(
      ([key, text]) =>
        // A formula reads the same everywhere.
        !key.endsWith("Formula") && text.split(" ").length > 4 && texts.de.get(key) === text,
    );
    expect(same).toEqual([]);
  });

  it.each(["en", "de"] as const)("promise nothing that a detector cannot keep (%s)", (language) => {
    const found = [...texts[language]]
      .filter(([key]) => !DENIALS.includes(texts.en.get(key) ?? "") && !BY_PEOPLE.includes(key))
      .filter(([, text]) => FORBIDDEN[language].test(text))
      .map(([key, text]) => `${key}: ${text}`);
    expect(found).toEqual([]);
  });

  it.each([
    ["en", /\b1 (\w+ )?(frames|faces|people|persons|files|analyses|inputs|copies|seconds)\b|\b1 of 1 frames/],
    ["de", /(?<!\d)1 (\p{L}+ )?(Bilder|Bildern|Gesichter|Personen|Dateien|Analysen|Eingaben)(?!\p{L})/u],
  ] as const)("count one as one (%s)", (locale, plural) => {
    const found = [...texts[locale]].flatMap(([key, text]) => {
      if (NEVER_ONE.includes(key)) return [];
      const ones = new Proxy({}, { get: () => 1, has: () => true });
      const written = String(new IntlMessageFormat(text, locale).format(ones));
      return plural.test(written) ? [`${key}: ${written}`] : [];
    });
    expect(found).toEqual([]);
  });

  it("say once that no signs is no certificate", () => {
    const denials = [...texts.en.values()].filter((text) => DENIALS.includes(text));
    expect(new Set(denials).size).toBe(denials.length);
    expect(denials).toContain(DENIALS[0]);
  });
});
