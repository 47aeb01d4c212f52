/** One of two files: a job of one's own, or a result that a share link opens. "" while none is chosen. */
export type FileRef = { id: string } | { token: string } | "";

/** Two files that are compared. */
export type Chosen = { a: FileRef; b: FileRef };

type Side = keyof Chosen;

const PAGE = "/compare/";
const TOKEN = /^[\w-]{20,}$/;

/** The files that an address names: jobs by `?a=` and `?b=`, shared results by `#a=` and `#b=`, which win. */
export function readChosen(query: URLSearchParams, fragment: string): Chosen {
  const tokens = new URLSearchParams(fragment.replace(/^#/, ""));
  const side = (name: Side): FileRef => {
    const token = tokens.get(name) ?? "";
    if (TOKEN.test(token)) return { token };
    const id = query.get(name) ?? "";
    return id === "" ? "" : { id };
  };
  return { a: side("a"), b: side("b") };
}

/** The address of a comparison; tokens go into the fragment, which browsers do not send to servers. */
export function addressOf(chosen: Chosen): string {
  const [query, fragment] = [new URLSearchParams(), new URLSearchParams()];
  for (const name of ["a", "b"] as const) {
    const file = chosen[name];
    if (file === "") continue;
    if ("token" in file) fragment.set(name, file.token);
    else query.set(name, file.id);
  }
  return PAGE + (query.size > 0 ? `?${query}` : "") + (fragment.size > 0 ? `#${fragment}` : "");
}

/** The token of a share link as it was copied, a moment behind it or not; null where the text is no such link. */
export function tokenIn(text: string): string | null {
  const token = /\/s\/#([^&]*)/.exec(text.trim())?.[1] ?? "";
  return TOKEN.test(token) ? token : null;
}

/** Where a file's result is. */
export function resultOf(file: { id: string } | { token: string }): string {
  return "token" in file ? `/s/#${file.token}` : `/result/?id=${encodeURIComponent(file.id)}`;
}
