import { useSearchParams } from "next/navigation";
import { useMemo } from "react";

import { readQuery, writeQuery, type HistoryQuery } from "./query";

/** What is looked at, as the address says it, and how to look at something else. */
export function useHistoryQuery() {
  const params = useSearchParams();
  const query = useMemo(() => readQuery(new URLSearchParams(params)), [params]);

  /** Look at something else, on the first page unless told; `replace` leaves no step to go back to. */
  const look = (change: Partial<HistoryQuery>, { replace = false } = {}) => {
    const address = `/history/${writeQuery({ ...query, page: 1, ...change })}`;
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
  };
  return { query, look };
}

export type Look = ReturnType<typeof useHistoryQuery>["look"];
