import type { Found } from "./folders";

/** What tells whether the same files were dropped before: their paths, sizes and times, in any order, in few characters. */
export function markOf(files: readonly Found[]): string {
  const lines = files.map(({ file, path }) => `${path} ${file.size} ${file.lastModified}`).sort();
  const text = lines.join("\n");
  return `${files.length}-${hash(text, 31)}${hash(text, 37)}`;
}

function hash(text: string, factor: number): string {
  let sum = 0;
  for (const letter of text) sum = (Math.imul(sum, factor) + (letter.codePointAt(0) ?? 0)) | 0;
  return (sum >>> 0).toString(16).padStart(8, "0");
}
