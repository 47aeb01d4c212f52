import type { FAILURES } from "@/api/failures";
import type { Workspace } from "@/api/schema";

/** What can be done with many files at once, and what the reader's role must allow for it. */
export const ACTIONS = [
  { name: "tag", needs: "comment" },
  { name: "untag", needs: "comment" },
  { name: "sensitive", needs: "comment" },
  { name: "not_sensitive", needs: "comment" },
  { name: "hold", needs: "hold" },
  { name: "release", needs: "hold" },
  { name: "delete", needs: "analyse" },
  { name: "forget", needs: "analyse" },
] as const satisfies readonly { name: string; needs: Workspace["may"][number] }[];

export type ActionName = (typeof ACTIONS)[number]["name"];

/** Whether an action takes files away for good. */
export function isRemoval(action: ActionName): boolean {
  return action === "delete" || action === "forget";
}

const DIFFERS: keyof typeof FAILURES = "COUNT_DIFFERS";

/** The count that the server found where it differs from the one that was shown; null for other refusals. */
export function trueCount(error: { code: string; details: Record<string, unknown> | null }): number | null {
  const count = error.details?.["count"];
  return error.code === DIFFERS && typeof count === "number" ? count : null;
}
