"use client";

import { useFormatter, useTranslations } from "use-intl";

import type { Policy, PolicyPerson } from "@/api/schema";

/** Where a policy stands: a draft, in force, retired, or withdrawn before it was in force. */
export function StateMark({ policy: { state, approved_at } }: { policy: Policy }) {
  const t = useTranslations("policies.state");
  const told = state === "retired" && approved_at === null ? "withdrawn" : state;
  return (
    <span
      className={`inline-block rounded-full border px-3 py-0.5 text-sm font-medium ${told === "active" ? "border-text" : "border-line text-muted"}`}
    >
      {t(told)}
    </span>
  );
}

/** Who drafted, approved and retired a policy, and when. */
export function Deeds({ policy }: { policy: Policy }) {
  const t = useTranslations("policies.deed");
  const format = useFormatter();
  const deed = (what: "drafted" | "approved" | "retired", who: PolicyPerson | null, at: string | null) =>
    at === null ? null : (
      <li>
        {t(what, {
          who: who?.mine ? t("you") : (who?.email ?? t("former")),
          at: format.dateTime(new Date(at), { dateStyle: "medium", timeStyle: "short" }),
        })}
      </li>
    );
  return (
    <ul className="text-sm text-muted [overflow-wrap:anywhere]">
      {deed("drafted", policy.author, policy.created_at)}
      {deed("approved", policy.approver, policy.approved_at)}
      {deed("retired", policy.retired_by, policy.retired_at)}
    </ul>
  );
}
