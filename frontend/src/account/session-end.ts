import { useRouter } from "next/navigation";

import { ApiError } from "@/api/errors";
import { useForget } from "@/api/queries";

import { LEFT } from "@/ui/left-elsewhere";

import { signInPath } from "./next-path";

// Choices of appearance belong to the browser, not to the account; what protects who looks must not end with a session.
const KEPT = /^deepshield\.(theme$|language$|viewing\.)/;
const OURS = "deepshield.";

/** Remove what this browser has stored about analyses. */
export function forgetStored(storage: Storage): void {
  const stored = Array.from({ length: storage.length }, (_, index) => storage.key(index));
  for (const key of stored) if (key?.startsWith(OURS) && !KEPT.test(key)) storage.removeItem(key);
}

/**
 * Leave the account after its session has ended: nothing of it stays in this browser. Loading the page anew
 * drops what is only in memory.
 */
export function leave(why: "signed-out" | "deleted"): void {
  forgetStored(localStorage);
  forgetStored(sessionStorage);
  // A change of what is stored reaches the other tabs, which empty themselves (`ui/left-elsewhere`).
  localStorage.setItem(LEFT, String(Date.now()));
  localStorage.removeItem(LEFT);
  location.replace(`/login/?${why}=1`);
}

/** Await a request that needs a session; if that has expired, lead to the sign-in page, and from there back. */
export function useExpiringRequest(): <T>(request: Promise<T>) => Promise<T> {
  const router = useRouter();
  const forget = useForget();
  return async (request) => {
    try {
      return await request;
    } catch (error) {
      if (error instanceof ApiError && error.code === "UNAUTHORIZED") {
        await forget();
        router.replace(signInPath("/account/", true));
      }
      throw error;
    }
  };
}
