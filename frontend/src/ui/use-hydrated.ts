import { useSyncExternalStore } from "react";

const never = () => () => undefined;

/**
 * False on the server and while its page is taken over, true from then on. For what depends on answers that
 * may have come before this part of the page is taken over, and so before it can differ.
 */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
