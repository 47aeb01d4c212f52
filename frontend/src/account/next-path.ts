/** Where signing in leads without a `next` in the address. */
export const DEFAULT_NEXT = "/";

const BASE = "http://app.invalid";
// A `next` that names one of these pages would lead in a circle.
const SIGN_IN_PAGES = ["/login/", "/register/"];

/**
 * The place that `?next=` names: a path of this app with query and fragment, else the start page.
 * What a browser would take for another origin ("//host", "https:host", backslashes, control characters) is refused.
 */
export function nextPath(wanted: string | null): string {
  if (wanted === null || !/^\/(?![/\\])/.test(wanted) || /[\\\p{Cc}]/u.test(wanted)) return DEFAULT_NEXT;
  let url: URL;
  try {
    url = new URL(wanted, BASE);
  } catch {
    return DEFAULT_NEXT;
  }
  // "/./\t/host" and "/.//host" leave a path that starts with "//", which is a host when followed.
  if (url.origin !== BASE || url.pathname.startsWith("//")) return DEFAULT_NEXT;
  if (SIGN_IN_PAGES.some((page) => `${url.pathname}/`.startsWith(page))) return DEFAULT_NEXT;
  return `${url.pathname}${url.search}${url.hash}`;
}

/** The sign-in page that leads back to `path`; with `expired` it says that the session has expired. */
export function signInPath(path: string, expired = false): string {
  const query = new URLSearchParams({ next: path });
  if (expired) query.set("expired", "1");
  return `/login/?${query}`;
}
