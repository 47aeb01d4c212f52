import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import en from "@messages/en";
import activity from "@messages/en/activity.json";
import datasets from "@messages/en/datasets.json";
import library from "@messages/en/library.json";
import measure from "@messages/en/measure.json";
import policies from "@messages/en/policies.json";
import review from "@messages/en/review.json";
import sound from "@messages/en/sound.json";

type Tree = { [key: string]: string | Tree };

function keysOf(tree: Tree, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [`${prefix}${key}`] : keysOf(value, `${prefix}${key}.`),
  );
}

/** What a module says about keys: the namespaces that it translates from, and the keys within them. */
type Module = { namespaces: string[]; literals: Set<string>; patterns: RegExp[]; dynamic: boolean };

function read(text: string): Module {
  const translators = [...text.matchAll(/(\w+)(?: =|:[^=\n]*) ?\w*<?(?:typeof )?useTranslations\b/g)].map(
    ([, name = ""]) => name,
  );
  const variable = new RegExp(`\\b(?:${translators.join("|") || "(?!)"})\\((?!["\`])[\\w.[\\]]+[,)[]`);
  return {
    namespaces: [...text.matchAll(/useTranslations[<(](?:"([\w.]+)")?/g)].map(([, name = ""]) => name),
    literals: new Set([...text.matchAll(/"([\w.]+)"/g)].map(([, literal = ""]) => literal)),
    patterns: [...text.matchAll(/`((?:[\w.]|\$\{[^}`]+\})+)`/g)].map(
      ([, pattern = ""]) =>
        new RegExp(`^${pattern.replaceAll(".", "\\.").replace(/\$\{[^}]*\}/g, "[\\w-]+")}$`),
    ),
    dynamic: variable.test(text),
  };
}

const texts = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !/\.(test|fixture)\./.test(name))
  .map((name) => readFileSync(join("src", name), "utf8"));
const modules = texts.map(read).filter(({ namespaces }) => namespaces.length > 0);
// A key in a variable is one of the words that the app has somewhere: a union of the API's, or a list's entry.
const words = new Set(texts.flatMap((text) => [...text.matchAll(/\b\w+\b/g)].map(([word]) => word)));

function isUsed(key: string): boolean {
  return modules.some(({ namespaces, literals, patterns, dynamic }) =>
    namespaces.some((namespace) => {
      const prefix = namespace && `${namespace}.`;
      if (!key.startsWith(prefix)) return false;
      const rest = key.slice(prefix.length);
      return literals.has(rest) || patterns.some((each) => each.test(rest)) || (dynamic && words.has(rest));
    }),
  );
}

test("every text is used by some module", () => {
  expect(
    keysOf({ ...en, activity, library, review, datasets, measure, policies, sound } as Tree).filter(
      (key) => !isUsed(key),
    ),
  ).toEqual([]);
});
