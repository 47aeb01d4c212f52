import { defineConfig, globalIgnores } from "eslint/config";
import next from "eslint-config-next/core-web-vitals";
import typescript from "eslint-config-next/typescript";

// A folder of `src/` is a room. It imports the rooms that `knows` names, and itself, so that features stay apart.
// The folders that `inside` names are private to their room; they import the room's top, and the siblings named there.
const SHARED = ["api", "failures", "i18n", "ui"];
const ROOMS = {
  api: { knows: [] },
  i18n: { knows: [] },
  failures: { knows: ["api", "i18n", "ui"] },
  ui: { knows: ["api", "i18n"] },
  shell: { knows: SHARED },
  jobs: { knows: SHARED },
  batch: { knows: [...SHARED, "jobs"] },
  upload: {
    knows: [...SHARED, "jobs", "batch"],
    inside: { about: [], file: [], queue: ["file"], intake: ["queue"], list: ["queue"] },
  },
  viewer: {
    knows: SHARED,
    inside: {
      evidence: [],
      stage: ["evidence"],
      timeline: ["evidence"],
      gallery: ["evidence"],
      pictures: ["evidence"],
      marking: ["evidence"],
      keys: [],
    },
  },
  result: {
    knows: [...SHARED, "jobs", "viewer"],
    inside: {
      verdict: ["people"],
      people: ["trust"],
      trust: [],
      provenance: ["trust"],
      reader: ["people", "trust"],
      actions: ["reader"],
      marks: [],
      feedback: [],
      preview: [],
      sound: ["trust"],
    },
  },
  compare: { knows: [...SHARED, "jobs", "viewer"] },
  review: {
    knows: [...SHARED, "viewer"],
    inside: {
      form: [],
      picture: [],
      told: [],
      correct: ["form", "told"],
      desk: ["form", "picture", "told", "correct"],
      lead: ["form", "told", "correct"],
      ask: [],
    },
  },
  library: {
    knows: [...SHARED, "jobs", "result", "compare", "rechecks", "review"],
    inside: { viewing: [], list: ["viewing"], search: [], bulk: [], medium: ["viewing", "list"] },
  },
  history: {
    knows: [...SHARED, "jobs"],
    inside: { sources: [], deletion: [], list: ["deletion"], tools: ["sources"] },
  },
  account: {
    knows: SHARED,
    inside: {
      form: [],
      settings: ["form"],
      keys: ["form"],
      webhooks: ["form"],
      sessions: ["form"],
      people: ["form"],
      "second-factor": ["form"],
    },
  },
  law: { knows: SHARED },
  datasets: { knows: [...SHARED, "review"] },
  measure: { knows: [...SHARED, "method", "review"] },
  policies: { knows: [...SHARED, "datasets"] },
  method: { knows: SHARED, inside: { figures: [], reliability: [] } },
};

// Of a self-hosted service on a local network, opened over plain HTTP, browsers trust no page: these are undefined there.
const INSECURE = {
  properties: [
    [undefined, "randomUUID", "Use `nanoid`."],
    [undefined, "clipboard", "Use @/ui/use-copy."],
    ...["locks", "serviceWorker", "storage", "share", "wakeLock", "mediaDevices", "credentials"].map(
      (name) => ["navigator", name],
    ),
    ["crypto", "subtle"],
    ["window", "caches"],
  ],
  globals: [
    "caches",
    "cookieStore",
    "Notification",
    "ClipboardItem",
    "showSaveFilePicker",
    "showOpenFilePicker",
  ],
};
const UNDEFINED = "Undefined on a page that was opened over plain HTTP.";

const doors = Object.entries(ROOMS).flatMap(([room, { knows, inside = {} }]) => {
  const closed = [...Object.keys(ROOMS), "app"].filter((other) => other !== room && !knows.includes(other));
  const folders = Object.entries(inside).map(([folder, siblings]) => {
    const apart = Object.keys(inside).filter((other) => other !== folder && !siblings.includes(other));
    return door(`${room}/${folder}`, [...closed, ...apart.map((other) => `${room}/${other}`)]);
  });
  return [door(room, closed), ...folders];
});
doors.push(door("app", []));

function door(folder, closed) {
  const [home] = folder.split("/");
  const others = Object.keys(ROOMS).filter((room) => room !== home && ROOMS[room].inside !== undefined);
  return {
    files: [`src/${folder}/**/*.{ts,tsx}`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            ...(closed.length === 0
              ? []
              : [
                  {
                    group: closed.map((other) => `@/${other}/*`),
                    message: `src/${folder} does not know this folder.`,
                  },
                ]),
            { group: others.map((room) => `@/${room}/*/*`), message: "A room's folders are private to it." },
            { group: ["../*"], message: "Other folders are reached through @/." },
          ],
        },
      ],
    },
  };
}

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
  {
    files: ["src/**/*.{ts,tsx}"],
    rules: {
      "no-restricted-properties": [
        "error",
        ...INSECURE.properties.map(([object, property, instead = "Give the page another way."]) => ({
          ...(object !== undefined && { object }),
          property,
          message: `${UNDEFINED} ${instead}`,
        })),
      ],
      "no-restricted-globals": ["error", ...INSECURE.globals.map((name) => ({ name, message: UNDEFINED }))],
    },
  },
  {
    // They have another way: a text is selected and copied, a picture is saved.
    files: ["src/ui/use-copy.ts", "src/viewer/pictures/search-dialog.tsx"],
    rules: { "no-restricted-properties": "off", "no-restricted-globals": "off" },
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
