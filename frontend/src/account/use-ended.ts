import { useRouter } from "next/navigation";

import { ApiError } from "@/api/errors";
import { useForget } from "@/api/queries";

import { signInPath } from "./next-path";

/** Wait for a request of somebody signed in; where the session has ended meanwhile, lead to signing in again and back. */
export function useEnded(): <T>(request: Promise<T>) => Promise<T> {
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
