import type { Row } from "./row";
import type { Tally } from "./select";

/** What a list's page shows, and how it stands with the server. */
export type Rows = {
  rows: readonly Row[];
  /** Of what was searched for and chosen. */
  total: number;
  tally: Tally | null;
  /** Whether these are still the rows of what was looked at before. */
  stale: boolean;
  state: "loading" | "ready" | "failed";
  error: Error | null;
  retry: () => void;
};
