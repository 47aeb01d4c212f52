import { defineConfig, globalIgnores } from "eslint/config";
import next from "eslint-config-next/core-web-vitals";
import typescript from "eslint-config-next/typescript";

// A folder of `src/` may import the folders named here and itself, so that features stay apart.
const SHARED = ["api", "failures", "i18n", "ui"];
const ROOMS = {
  api: [],
  i18n: [],
  failures: ["api", "i18n"],
  ui: ["api", "i18n"],
  shell: SHARED,
  jobs: SHARED,
  upload: [...SHARED, "jobs"],
  viewer: [...SHARED],
  result: [...SHARED, "jobs", "viewer"],
  history: [...SHARED, "jobs"],
  account: SHARED,
  method: SHARED,
};

const doors = Object.entries(ROOMS).map(([room, allowed]) => {
  const closed = [...Object.keys(ROOMS), "app"].filter((other) => other !== room && !allowed.includes(other));
  return {
    files: [`src/${room}/**/*.{ts,tsx}`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: closed.map((other) => `@/${other}/*`), message: `src/${room} does not know this room.` },
            { group: ["../*"], message: "Other rooms are reached through @/." },
          ],
        },
      ],
    },
  };
});

export default defineConfig([
  ...next,
  ...typescript,
  {
    rules: {
      "@next/next/no-img-element": "off", // pictures come from the API as they are; a static export resizes none
      "no-console": "error",
      eqeqeq: "error",
    },
  },
  ...doors,
  globalIgnores([
    ".next*/**",
    "out/**",
    "src/api/schema.d.ts",
    "next-env.d.ts",
    "test-results/**",
    "playwright-report/**",
  ]),
]);
