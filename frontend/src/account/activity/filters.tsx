"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { Workspace } from "@/api/schema";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";

import { ALL, KINDS, readQuery, writeQuery, type ActivityQuery } from "./query";

type Props = { workspace: Workspace; query: ActivityQuery; onChange: (query: ActivityQuery) => void };

/** Narrows the entries; what is chosen is in the address. */
export function Filters({ workspace, query, onChange }: Props) {
  const t = useTranslations("activity");
  const params = { path: { workspace_id: workspace.id } };
  const members = useQuery({
    queryKey: ["members", workspace.id],
    queryFn: () => unwrap(api.GET("/api/workspaces/{workspace_id}/members", { params })),
  });
  const people = members.data?.members ?? [];
  const change = (part: Partial<ActivityQuery>) => onChange({ ...query, ...part });
  const former = query.actor !== "" && people.every(({ user_id }) => user_id !== query.actor);
  return (
    <div role="search" aria-label={t("filters")} className="flex flex-wrap items-end gap-3">
      <Choice label={t("kind")} value={query.kind} onChoose={(kind) => change(readKind(kind))}>
        <option value="">{t("allKinds")}</option>
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`kinds.${kind}`)}
          </option>
        ))}
      </Choice>
      <Choice label={t("actor")} value={query.actor} onChoose={(actor) => change({ actor })}>
        <option value="">{t("everybody")}</option>
        {people.map(({ user_id, email }) => (
          <option key={user_id} value={user_id}>
            {email}
          </option>
        ))}
        {former && <option value={query.actor}>{query.actor}</option>}
      </Choice>
      <Field
        label={t("since")}
        name="since"
        type="date"
        value={query.since}
        onValueChange={(since) => change({ since })}
      />
      <Subject key={query.subject} subject={query.subject} onChange={(subject) => change({ subject })} />
      {writeQuery(query) !== "" && <Button onClick={() => onChange(ALL)}>{t("reset")}</Button>}
    </div>
  );
}

function readKind(action: string): Pick<ActivityQuery, "kind"> {
  return { kind: readQuery(new URLSearchParams({ action })).kind };
}

/** An id that is typed or pasted: used when it is whole. */
function Subject({ subject, onChange }: { subject: string; onChange: (subject: string) => void }) {
  const t = useTranslations("activity");
  const [typed, setTyped] = useState(subject);
  return (
    <form
      className="flex min-w-0 flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(readQuery(new URLSearchParams({ subject: typed.trim() })).subject);
      }}
    >
      <Field label={t("subject")} name="subject" value={typed} onValueChange={setTyped} maxLength={36} />
      <Button type="submit">{t("show")}</Button>
    </form>
  );
}

type ChoiceProps = {
  label: string;
  value: string;
  onChoose: (value: string) => void;
  children: React.ReactNode;
};

function Choice({ label, value, onChoose, children }: ChoiceProps) {
  return (
    <label className="flex min-w-0 flex-col gap-1 text-sm font-medium">
      {label}
      <select
        value={value}
        onChange={(event) => onChoose(event.target.value)}
        className="min-h-11 max-w-full rounded-control border border-control bg-surface px-3 text-base font-normal"
      >
        {children}
      </select>
    </label>
  );
}
