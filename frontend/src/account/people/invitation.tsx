"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useFormatter, useTranslations } from "use-intl";

import { signInPath } from "@/account/next-path";
import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/errors";
import { keys, useMe, useSwitchWorkspace } from "@/api/queries";
import type { OpenInvitation } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { Button, buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";

/** Who invites to what, and the way in; who is signed out signs in first and comes back. */
export function Invitation({ token }: { token: string }) {
  const t = useTranslations();
  const offer = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => unwrap(api.GET("/api/invitations/{token}", { params: { path: { token } } })),
  });
  if (offer.isPending) return <p role="status">{t("common.loading")}</p>;
  if (offer.data === undefined) {
    if (!(offer.error instanceof ApiError) || offer.error.status !== 404) return <Unread offer={offer} />;
    return <Notice title={t("people.invitation.over")}>{t("people.invitation.overText")}</Notice>;
  }
  return <Offer token={token} offer={offer.data} />;
}

/** Says why the invitation cannot be read now, which says nothing of the invitation. */
function Unread({ offer }: { offer: { error: unknown; isFetching: boolean; refetch: () => unknown } }) {
  const t = useTranslations("common.actions");
  return (
    <div className="flex flex-col items-start gap-4">
      <Problem error={offer.error} />
      <Button disabled={offer.isFetching} onClick={() => void offer.refetch()}>
        {t("retry")}
      </Button>
    </div>
  );
}

function Offer({ token, offer }: { token: string; offer: OpenInvitation }) {
  const t = useTranslations();
  const format = useFormatter();
  const client = useQueryClient();
  const router = useRouter();
  const me = useMe();
  const choose = useSwitchWorkspace();
  const accept = useMutation({
    mutationFn: () => unwrap(api.POST("/api/invitations/{token}", { params: { path: { token } } })),
    networkMode: "always",
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: keys.me });
      await choose(id);
      router.replace("/people/");
    },
  });
  const here = `/people/?${new URLSearchParams({ invitation: token })}`;
  return (
    <Card title={offer.workspace}>
      <p>
        {t("people.invitation.text", {
          who: offer.invited_by ?? t("people.formerMember"),
          role: t(`people.role.${offer.role}`),
        })}
      </p>
      <p className="mt-1 text-muted first-letter:uppercase">{t(`people.may.${offer.role}`)}.</p>
      <p className="mt-1 text-sm text-muted">
        {t("people.invitation.until", {
          date: format.dateTime(new Date(offer.expires_at), { dateStyle: "medium" }),
        })}
      </p>
      <div className="mt-4 flex flex-col gap-4">
        <Problem error={accept.error} />
        {me.data ? (
          <>
            <p className="[overflow-wrap:anywhere]">{t("people.invitation.as", { email: me.data.email })}</p>
            <Button
              look="primary"
              className="self-start"
              disabled={accept.isPending}
              onClick={() => accept.mutate()}
            >
              {t("people.invitation.accept")}
            </Button>
          </>
        ) : (
          <Link href={signInPath(here)} className={`${buttonClass("primary")} self-start`}>
            {t("people.invitation.signIn")}
          </Link>
        )}
      </div>
    </Card>
  );
}
