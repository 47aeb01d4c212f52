"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";

import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import { keys, useLimits, useSwitchWorkspace } from "@/api/queries";
import type { Workspace, WorkspaceChange } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Field } from "@/ui/field";

import { RoleList } from "./roles";

type Props = { workspace: Workspace; me: string };

/** The workspace itself: its name and for how long it keeps files; leaving and deleting it. */
export function WorkspaceCard({ workspace, me }: Props) {
  const t = useTranslations("people");
  return (
    <Card title={workspace.personal ? t("personal") : workspace.name}>
      <p className="mb-4 text-muted">
        {t(workspace.personal ? "personalText" : "sharedText", { role: t(`role.${workspace.role}`) })}
      </p>
      <div className="flex flex-col gap-6">
        {workspace.may.includes("manage") && <Settings workspace={workspace} />}
        {!workspace.personal && (
          <>
            <RoleList />
            <Ending workspace={workspace} me={me} />
          </>
        )}
      </div>
    </Card>
  );
}

function Settings({ workspace }: { workspace: Workspace }) {
  const t = useTranslations("people");
  const announce = useAnnounce();
  const client = useQueryClient();
  const request = useExpiringRequest();
  const longest = useLimits().data?.retention.artifact_hours;
  const [wrong, setWrong] = useState<"noName" | "badHours" | null>(null);
  const save = useMutation({
    mutationFn: (body: WorkspaceChange) => {
      const params = { path: { workspace_id: workspace.id } };
      return request(unwrap(api.PATCH("/api/workspaces/{workspace_id}", { params, body })));
    },
    networkMode: "always",
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.me });
      announce(t("saved"));
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    // The own workspace is called so everywhere, whatever name is stored.
    const name = workspace.personal ? undefined : String(data.get("name") ?? "").trim();
    const typed = String(data.get("hours") ?? "").trim();
    const hours = typed === "" ? null : Number(typed);
    const bad = hours !== null && (!Number.isInteger(hours) || hours < 1);
    setWrong(name === "" ? "noName" : bad ? "badHours" : null);
    const [asks_for_reviews, blind_review] = ["asks", "blind"].map((which) => data.get(which) !== null);
    if (name !== "" && !bad && !save.isPending)
      save.mutate({ name, retention_hours: hours, asks_for_reviews, blind_review });
  };
  return (
    <form onSubmit={submit} noValidate className="flex max-w-md flex-col gap-4">
      <Problem error={save.error} />
      {!workspace.personal && (
        <Field
          label={t("name")}
          name="name"
          defaultValue={workspace.name}
          maxLength={100}
          autoComplete="off"
          error={wrong === "noName" ? t("noName") : undefined}
        />
      )}
      <Field
        label={t("hours")}
        name="hours"
        inputMode="numeric"
        hint={longest === undefined ? t("hoursHint") : t("hoursHintLongest", { hours: longest })}
        defaultValue={workspace.retention_hours ?? ""}
        autoComplete="off"
        error={wrong === "badHours" ? t("badHours") : undefined}
      />
      <fieldset>
        <legend className="text-sm font-medium">{t("reviews.title")}</legend>
        <Check name="asks" checked={workspace.asks_for_reviews}>
          {t("reviews.asks")}
        </Check>
        <Check name="blind" checked={workspace.blind_review}>
          {t("reviews.blind")}
        </Check>
      </fieldset>
      <Button type="submit" aria-disabled={save.isPending} className="self-start">
        {t("save")}
      </Button>
    </form>
  );
}

function Check({ name, checked, children }: { name: string; checked: boolean; children: string }) {
  return (
    <label className="flex min-h-11 items-center gap-3 text-sm pointer-fine:min-h-9">
      <input type="checkbox" name={name} defaultChecked={checked} className="size-6 shrink-0 accent-text" />
      {children}
    </label>
  );
}

function Ending({ workspace, me }: Props) {
  const t = useTranslations("people");
  const client = useQueryClient();
  const request = useExpiringRequest();
  const choose = useSwitchWorkspace();
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState<"leave" | "delete" | null>(null);
  const gone = async () => {
    await choose(null);
    await client.invalidateQueries({ queryKey: keys.me });
  };
  const leave = useMutation({
    mutationFn: () => {
      const params = { path: { workspace_id: workspace.id, user_id: me } };
      return request(unwrap(api.DELETE("/api/workspaces/{workspace_id}/members/{user_id}", { params })));
    },
    networkMode: "always",
    onSuccess: gone,
  });
  const remove = useMutation({
    mutationFn: () => {
      const params = { path: { workspace_id: workspace.id } };
      return request(unwrap(api.DELETE("/api/workspaces/{workspace_id}", { params })));
    },
    networkMode: "always",
    onSuccess: gone,
  });
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      <Problem error={leave.error ?? remove.error} />
      <div className="flex flex-wrap gap-2">
        <Button
          look={asked === "leave" ? "danger" : "secondary"}
          disabled={leave.isPending}
          onClick={() => (asked === "leave" ? leave.mutate() : setAsked("leave"))}
        >
          {t(asked === "leave" ? "leaveNow" : "leave")}
        </Button>
        {workspace.may.includes("manage") && asked !== "delete" && (
          <Button onClick={() => setAsked("delete")}>{t("delete")}</Button>
        )}
      </div>
      {asked === "delete" && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (typed === workspace.name && !remove.isPending) remove.mutate();
          }}
          className="flex max-w-md flex-col gap-3"
        >
          <p role="alert">{t("deleteText")}</p>
          <Field
            label={t("deleteType", { name: workspace.name })}
            name="confirmation"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
          />
          <Button
            type="submit"
            look="danger"
            aria-disabled={typed !== workspace.name || remove.isPending}
            className="self-start"
          >
            {t("deleteNow")}
          </Button>
        </form>
      )}
    </div>
  );
}
