"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import { keys } from "@/api/queries";
import type { MemberAnswer, Workspace } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";

import { RoleChoice, type Role } from "./roles";

/** The members of a workspace; an admin changes roles and removes. */
export function Members({ workspace, me }: { workspace: Workspace; me: string }) {
  const t = useTranslations("people.members");
  const client = useQueryClient();
  const queryKey = ["members", workspace.id] as const;
  const params = { path: { workspace_id: workspace.id } };
  const listed = useQuery({
    queryKey,
    queryFn: () => unwrap(api.GET("/api/workspaces/{workspace_id}/members", { params })),
  });
  const changed = async () => {
    await client.invalidateQueries({ queryKey });
    await client.invalidateQueries({ queryKey: keys.me });
  };
  return (
    <Card title={t("title")} id="members">
      <Problem error={listed.error} />
      <ul className="flex flex-col divide-y divide-line">
        {listed.data?.members.map((member) => (
          <Row
            key={member.user_id}
            member={member}
            workspace={workspace}
            self={member.user_id === me}
            onChanged={changed}
          />
        ))}
      </ul>
    </Card>
  );
}

type RowProps = { member: MemberAnswer; workspace: Workspace; self: boolean; onChanged: () => Promise<void> };

function Row({ member, workspace, self, onChanged }: RowProps) {
  const t = useTranslations("people");
  const format = useFormatter();
  const request = useExpiringRequest();
  const [asked, setAsked] = useState(false);
  const path = { workspace_id: workspace.id, user_id: member.user_id };
  const route = "/api/workspaces/{workspace_id}/members/{user_id}";
  const give = useMutation({
    mutationFn: (role: Role) => request(unwrap(api.PATCH(route, { params: { path }, body: { role } }))),
    networkMode: "always",
    onSuccess: onChanged,
  });
  const remove = useMutation({
    mutationFn: () => request(unwrap(api.DELETE(route, { params: { path } }))),
    networkMode: "always",
    onSuccess: onChanged,
  });
  const manages = workspace.may.includes("manage");
  const { email } = member;
  return (
    <li className="flex flex-col gap-2 py-3 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="min-w-0 flex-1 basis-48">
          <p className="font-medium [overflow-wrap:anywhere]">
            {email} {self && <span className="text-sm font-normal text-muted">({t("members.you")})</span>}
          </p>
          <p className="text-sm text-muted">
            {!manages && `${t(`role.${member.role}`)} · `}
            {t("members.since", { date: format.dateTime(new Date(member.since), { dateStyle: "medium" }) })}
          </p>
        </div>
        {manages && (
          <div className="flex flex-wrap gap-2">
            <RoleChoice
              label={t("members.roleOf", { email })}
              value={member.role}
              disabled={give.isPending}
              onChoose={(role) => give.mutate(role)}
            />
            {!self && (
              <Button
                look={asked ? "danger" : "secondary"}
                disabled={remove.isPending}
                onClick={() => (asked ? remove.mutate() : setAsked(true))}
                aria-label={t(asked ? "members.removeNow" : "members.removeNamed", { email })}
              >
                {t("members.remove")}
              </Button>
            )}
          </div>
        )}
      </div>
      {asked && <p role="alert">{t("members.removeText")}</p>}
      <Problem error={give.error ?? remove.error} />
    </li>
  );
}
