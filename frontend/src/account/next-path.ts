/** Where one goes after signing in when no other place was asked for. */
export const DEFAULT_NEXT = "/";

const BASE = "http://app.invalid";
// These pages lead on themselves; coming back to them would go round in circles.
const DOORS = ["/login/", "/register/"];

/**
 * The place that `?next=` asks for: a path of this app with query and fragment, else the start page.
 * Whatever a browser would take elsewhere ("//host", "https:host", backslashes, control characters) is refused.
 */
export function nextPath(asked: string | null): string {
  if (asked === null || !/^\/(?![/\\])/.test(asked) || /[\\\p{Cc}]/u.test(asked)) return DEFAULT_NEXT;
  let url: URL;
  try {
    url = new URL(asked, BASE);
  } catch {
    return DEFAULT_NEXT;
  }
  // "/./\t/host" and "/.//host" leave a path that starts with "//", which is a host when followed.
  if (url.origin !== BASE || url.pathname.startsWith("//")) return DEFAULT_NEXT;
  if (DOORS.some((door) => `${url.pathname}/`.startsWith(door))) return DEFAULT_NEXT;
  return `${url.pathname}${url.search}${url.hash}`;
}

/** The sign-in page that leads back to `path`; `expired` tells there that a session has ended. */
export function signInPath(path: string, expired = false): string {
  const query = new URLSearchParams({ next: path });
  if (expired) query.set("expired", "1");
  return `/login/?${query}`;
}
