// Choices about how the app looks are the reader's, whoever is signed in.
const KEPT = new Set(["deepshield.theme", "deepshield.language"]);
const OURS = "deepshield.";

/** Forget what this browser has stored about analyses. */
export function forgetStored(storage: Storage): void {
  const stored = Array.from({ length: storage.length }, (_, index) => storage.key(index));
  for (const key of stored) if (key?.startsWith(OURS) && !KEPT.has(key)) storage.removeItem(key);
}

/**
 * Leave an account whose login has ended: nothing of it stays in this browser. The page is loaded anew, which
 * drops all that is only in memory.
 */
export function leave(why: "signed-out" | "deleted"): void {
  forgetStored(localStorage);
  forgetStored(sessionStorage);
  location.replace(`/login/?${why}=1`);
}
