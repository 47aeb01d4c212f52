/** The fields of the query language that the help shows, each with examples; the server has the whole table. */
export const FIELDS = [
  { name: "verdict", values: ["manipulated", "inconclusive", "no_signs", "no_face"] },
  { name: "score", values: ["0.4..0.6", ">0.8"] },
  { name: "label", values: ["manipulated", "generated", "authentic", "unknown", "any", "none"] },
  { name: "grade", values: ["single", "double", "adjudicated"] },
  { name: "agree", values: ["no", "yes"] },
  { name: "task", values: ["any", "flipped", "in_band", "dispute", "user_feedback", "none"] },
  { name: "disputed", values: ["yes"] },
  { name: "kind", values: ["image", "video"] },
  { name: "people", values: [">1", "0"] },
  { name: "faces", values: [">10"] },
  { name: "reason", values: ["in_abstain_band", "too_blurred", "faces_too_small"] },
  { name: "tag", values: ["lipsync", "any", "none"] },
  { name: "source", values: ["upload", "address"] },
  { name: "host", values: ["example.org"] },
  { name: "c2pa", values: ["trusted", "any"] },
  { name: "generator", values: ["any"] },
  { name: "bundle", values: ["3.0.0"] },
  { name: "policy", values: ["3", "any", "none"] },
  { name: "owner", values: ["me", "ada@example.org"] },
  { name: "held", values: ["yes", "no"] },
  { name: "sensitive", values: ["yes", "no"] },
  { name: "deleted", values: ["yes"] },
  { name: "since", values: ["7d", "2026-11-01"] },
  { name: "until", values: ["2026-11-30"] },
] as const;

export type FieldName = (typeof FIELDS)[number]["name"];

/** What can replace the word that is being typed: `from` and `to` are its place in the text. */
export type Suggestion = { text: string; from: number; to: number };

const MOST = 8;

/** What the word before the cursor can become: names of fields, or values of the field that it begins with. */
export function suggestions(text: string, cursor: number): Suggestion[] {
  const before = text.slice(0, cursor);
  if (quoted(before)) return [];
  const from = Math.max(...[" ", "(", "\t"].map((edge) => before.lastIndexOf(edge))) + 1;
  const word = before.slice(from);
  const sign = word.startsWith("-") ? "-" : "";
  const said = word.slice(sign.length).toLowerCase();
  if (said === "") return [];
  const [name = "", value] = said.split(/:(.*)/s);
  const found =
    value === undefined
      ? FIELDS.filter((field) => field.name.startsWith(name)).map((field) => `${field.name}:`)
      : valuesOf(name)
          .filter((known) => known.startsWith(value) && known !== value)
          .map((known) => written(name, known));
  return found.slice(0, MOST).map((whole) => ({ text: `${sign}${whole}`, from, to: cursor }));
}

/** A field with a value as it is written: `people>1`, `verdict:manipulated`. */
export function written(name: string, value: string): string {
  return /^[<>]/.test(value) ? `${name}${value}` : `${name}:${value}`;
}

function valuesOf(name: string): readonly string[] {
  return FIELDS.find((field) => field.name === name)?.values ?? [];
}

function quoted(before: string): boolean {
  return (before.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1;
}
