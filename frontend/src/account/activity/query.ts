import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useMemo } from "react";

/** What the entries can be narrowed to: the first words of their actions. */
export const KINDS = [
  "job",
  "result",
  "artifact",
  "report",
  "evidence",
  "share",
  "file",
  "upload",
  "batch",
  "media",
  "comment",
  "view",
  "results",
  "recheck",
  "review",
  "label",
  "feedback",
  "dataset",
  "evaluation",
  "policy",
  "member",
  "invitation",
  "workspace",
  "key",
  "webhook",
] as const;
export type Kind = (typeof KINDS)[number];

/** Which entries are shown; kept in the address, so that it can be passed on. */
export type ActivityQuery = {
  /** A day, such as 2026-11-29; from its beginning where the reader is. */
  since: string;
  actor: string;
  kind: Kind | "";
  subject: string;
};

export const ALL: ActivityQuery = { since: "", actor: "", kind: "", subject: "" };

/** Reads an address's query; what the server would refuse is ignored. */
export function readQuery(params: URLSearchParams): ActivityQuery {
  const since = params.get("since") ?? "";
  const valid = (name: string, shape: RegExp) => (params.get(name) ?? "").match(shape)?.[0] ?? "";
  return {
    since: /^\d{4}-\d\d-\d\d$/.test(since) && !Number.isNaN(Date.parse(since)) ? since : "",
    actor: valid("actor", /^[0-9a-f-]{1,36}$/),
    kind: KINDS.find((known) => known === params.get("action")) ?? "",
    subject: valid("subject", /^[0-9A-Za-z-]{1,36}$/),
  };
}

/** Writes it as an address's query, "" or starting with "?". */
export function writeQuery({ since, actor, kind, subject }: ActivityQuery): string {
  const entries = Object.entries({ since, actor, action: kind, subject }).filter(([, value]) => value !== "");
  return entries.length === 0 ? "" : `?${new URLSearchParams(entries)}`;
}

/** The same as parameters of the API, which takes a moment for a day. */
export function toRequest({ since, actor, kind, subject }: ActivityQuery) {
  return {
    ...(since !== "" && { since: new Date(`${since}T00:00:00`).toISOString() }),
    ...(actor !== "" && { actor }),
    ...(kind !== "" && { action: kind }),
    ...(subject !== "" && { subject }),
  };
}

/** The query of the address, and what changes it. */
export function useActivityQuery(): [ActivityQuery, (query: ActivityQuery) => void] {
  const router = useRouter();
  const path = usePathname();
  const params = useSearchParams();
  const query = useMemo(() => readQuery(params), [params]);
  return [query, (wanted) => router.replace(`${path}${writeQuery(wanted)}`, { scroll: false })];
}
