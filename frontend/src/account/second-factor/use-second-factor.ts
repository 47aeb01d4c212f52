import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";

/** The key of the second factor's state in the query cache. */
export const SECOND_FACTOR = ["second-factor"] as const;

/** Whether the second factor is on, and whether the account has a password beside it. */
export function useSecondFactor() {
  return useQuery({
    queryKey: SECOND_FACTOR,
    queryFn: () => unwrap(api.GET("/api/auth/second-factor")),
  });
}
