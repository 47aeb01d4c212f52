"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { Secret } from "@/account/form/secret";
import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import type { InvitationAnswer, InvitationCreated, Workspace } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";

import { RoleChoice, type Role } from "./roles";

/** Invitations to a workspace: made as a link that is shown once, listed, revoked. */
export function Invitations({ workspace }: { workspace: Workspace }) {
  const t = useTranslations("people.invitations");
  const client = useQueryClient();
  const request = useExpiringRequest();
  const [role, setRole] = useState<Role>("analyst");
  const [made, setMade] = useState<InvitationCreated | null>(null);
  const queryKey = ["invitations", workspace.id] as const;
  const params = { path: { workspace_id: workspace.id } };
  const route = "/api/workspaces/{workspace_id}/invitations";
  const listed = useQuery({ queryKey, queryFn: () => unwrap(api.GET(route, { params })) });
  const changed = () => client.invalidateQueries({ queryKey });
  const make = useMutation({
    mutationFn: () => request(unwrap(api.POST(route, { params, body: { role } }))),
    networkMode: "always",
    onSuccess: (invitation) => {
      setMade(invitation);
      return changed();
    },
  });
  return (
    <Card title={t("title")} id="invitations">
      <p className="mb-4 text-muted">{t("text")}</p>
      <div className="flex flex-col gap-4">
        <div className="flex flex-wrap items-end gap-3">
          <RoleChoice label={t("role")} shown value={role} onChoose={setRole} />
          <Button onClick={() => make.mutate()} disabled={make.isPending}>
            {t("make")}
          </Button>
        </div>
        <Problem error={make.error ?? listed.error} />
        {made !== null && (
          <Secret label={t("made")} hint={t("once")} value={new URL(made.url, location.origin).href} />
        )}
        <ul className="flex flex-col divide-y divide-line">
          {listed.data?.invitations.map((invitation) => (
            <Row
              key={invitation.id}
              invitation={invitation}
              workspace={workspace}
              onRevoked={() => {
                if (made?.id === invitation.id) setMade(null);
                return changed();
              }}
            />
          ))}
        </ul>
      </div>
    </Card>
  );
}

type RowProps = { invitation: InvitationAnswer; workspace: Workspace; onRevoked: () => Promise<void> };

function Row({ invitation, workspace, onRevoked }: RowProps) {
  const t = useTranslations("people");
  const format = useFormatter();
  const request = useExpiringRequest();
  const day = (time: string) => format.dateTime(new Date(time), { dateStyle: "medium" });
  const { id, role, made_by, state, created_at, expires_at } = invitation;
  const revoke = useMutation({
    mutationFn: () => {
      const params = { path: { workspace_id: workspace.id, invitation_id: id } };
      return request(
        unwrap(api.DELETE("/api/workspaces/{workspace_id}/invitations/{invitation_id}", { params })),
      );
    },
    networkMode: "always",
    onSuccess: onRevoked,
  });
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <p className="font-medium">
          {t(`role.${role}`)} · {t(`invitations.state.${state}`)}
        </p>
        <p className="text-sm text-muted [overflow-wrap:anywhere]">
          {t("invitations.by", { who: made_by ?? t("formerMember"), date: day(created_at) })}
          {state === "open" && ` · ${t("invitations.until", { date: day(expires_at) })}`}
        </p>
        <Problem error={revoke.error} />
      </div>
      {state === "open" && (
        <Button
          onClick={() => revoke.mutate()}
          disabled={revoke.isPending}
          aria-label={t("invitations.revokeNamed", { role: t(`role.${role}`), date: day(created_at) })}
        >
          {t("invitations.revoke")}
        </Button>
      )}
    </li>
  );
}
