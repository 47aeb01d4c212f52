"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, type ReactNode } from "react";

import { ApiError } from "@/api/errors";
import { readMe, useForget, useMe } from "@/api/queries";
import { PageHeading } from "@/ui/page-heading";
import { usePageTitle } from "@/ui/use-page-title";

import { nextPath } from "./next-path";

/** The frame of the sign-in pages: narrow, one card. */
export function SignInPage({
  title,
  children,
  below,
}: {
  title: string;
  children: ReactNode;
  below?: ReactNode;
}) {
  usePageTitle(`${title} - DeepShield`);
  return (
    <div className="mx-auto w-full max-w-md">
      <PageHeading>{title}</PageHeading>
      <div className="mt-4 flex flex-col gap-4 rounded-card border border-line bg-surface p-4 sm:p-6">
        {children}
      </div>
      {below !== undefined && <div className="mt-4 text-sm text-muted">{below}</div>}
    </div>
  );
}

type Arrival = {
  /** Where the reader goes after signing in, a path of this app. */
  next: string;
  /** Whether the reader came from a page that needs an account. */
  wayBack: boolean;
  /**
   * Go there with the account just signed in to, after clearing what was cached before. Throws ApiError COOKIE_REFUSED where
   * the browser did not keep the cookie: the pages would only lead back here.
   */
  arrive: () => Promise<void>;
};

/**
 * Where the sign-in pages lead; a reader who is signed in already goes there as soon as the server says so: what is known from
 * before may be of a session that has ended, and would lead in a circle.
 */
export function useArrival(): Arrival {
  const router = useRouter();
  const wanted = useSearchParams().get("next");
  const forget = useForget();
  const me = useMe("always");
  const next = nextPath(wanted);
  const asked = me.isSuccess && me.isFetchedAfterMount && !me.isFetching;
  const signedIn = asked && me.data !== null;

  useEffect(() => {
    if (signedIn) router.replace(next);
  }, [signedIn, router, next]);

  const arrive = async () => {
    await forget();
    const me = await readMe().catch(() => undefined); // that it cannot be read is no refusal
    if (me === null) throw new ApiError("COOKIE_REFUSED", "The browser did not keep the cookie.", 0);
    router.replace(next);
  };
  return { next, wayBack: wanted !== null && next === wanted, arrive };
}
