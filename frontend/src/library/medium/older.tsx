"use client";

import type { ApiError } from "@/api/errors";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { Button } from "@/ui/button";

type Props = {
  pages: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    error: ApiError | null;
    fetchNextPage: () => Promise<unknown>;
  };
  /** On the button. */
  words: string;
};

/** A button for the next page of a list, as long as there is one, and why it could not be read. */
export function Older({ pages, words }: Props) {
  const failed = useFailureText();
  return (
    <>
      {pages.hasNextPage && (
        <Button
          className="mt-3"
          aria-disabled={pages.isFetchingNextPage}
          onClick={() => !pages.isFetchingNextPage && void pages.fetchNextPage()}
        >
          {words}
        </Button>
      )}
      {pages.error !== null && (
        <p role="alert" className="mt-2 text-sm text-danger">
          {failed(failureOf(pages.error))}
        </p>
      )}
    </>
  );
}
