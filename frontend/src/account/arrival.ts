import { useRouter, useSearchParams } from "next/navigation";
import { useEffect } from "react";

import { useForget, useMe } from "@/api/queries";

import { nextPath } from "./next-path";

type Arrival = {
  /** Where one goes from here, a path of this app. */
  next: string;
  /** Whether somebody asked to come back to a certain place. */
  asked: boolean;
  /** Go there as the account that has just been signed in to, forgetting what was kept before. */
  arrive: () => Promise<void>;
};

/** The way on from the sign-in pages; whoever is signed in already is sent on at once. */
export function useArrival(): Arrival {
  const router = useRouter();
  const wanted = useSearchParams().get("next");
  const forget = useForget();
  const me = useMe();
  const next = nextPath(wanted);
  const signedIn = me.data !== null && me.data !== undefined;

  useEffect(() => {
    if (signedIn) router.replace(next);
  }, [signedIn, router, next]);

  const arrive = async () => {
    await forget();
    router.replace(next);
  };
  return { next, asked: wanted !== null && next === wanted, arrive };
}
