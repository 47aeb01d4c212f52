"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { refusal, useWording } from "@/account/form/refusal";
import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import type { WebhookAnswer, WebhookCreated } from "@/api/schema";
import { Button } from "@/ui/button";

import { Deliveries, deliveriesOf } from "./deliveries";

type Action = "test" | "enable" | "disable" | "rotate" | "delete";

type Props = {
  webhook: WebhookAnswer;
  onSecret: (made: WebhookCreated) => Promise<void>;
  onChanged: () => Promise<void>;
};

/** One webhook with what can be done to it, and its last deliveries on request. */
export function Webhook({ webhook, onSecret, onChanged }: Props) {
  const t = useTranslations("account.webhooks");
  const word = useWording();
  const { act, acting, error } = useActions({ webhook, onSecret, onChanged });
  const [asked, setAsked] = useState(false);
  const [open, setOpen] = useState(false);
  const enabled = webhook.disabled_at === null;
  return (
    <li className="flex flex-col gap-2 py-3">
      <p className="font-medium [overflow-wrap:anywhere]">{webhook.url}</p>
      <Standing webhook={webhook} />
      <div className="flex flex-wrap gap-2">
        <Button disabled={!enabled || acting} onClick={() => act("test", { onSuccess: () => setOpen(true) })}>
          {t("test")}
        </Button>
        <Button disabled={acting} onClick={() => act(enabled ? "disable" : "enable")}>
          {t(enabled ? "disable" : "enable")}
        </Button>
        <Button disabled={acting} onClick={() => act("rotate")}>
          {t("rotate")}
        </Button>
        <Button
          look={asked ? "danger" : "secondary"}
          disabled={acting}
          onClick={() => (asked ? act("delete") : setAsked(true))}
        >
          {t(asked ? "deleteNow" : "delete")}
        </Button>
        <Button look="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? "hideDeliveries" : "showDeliveries")}
        </Button>
      </div>
      {error !== null && (
        <p role="alert" className="text-danger">
          {word(refusal(error, []).form)}
        </p>
      )}
      {open && <Deliveries webhookId={webhook.id} />}
    </li>
  );
}

function Standing({ webhook }: { webhook: WebhookAnswer }) {
  const t = useTranslations("account.webhooks");
  const format = useFormatter();
  const { disabled_at, disabled_why, failing_since, old_secret_until } = webhook;
  const time = (value: string) =>
    format.dateTime(new Date(value), { dateStyle: "medium", timeStyle: "short" });
  const why = (["failing", "gone", "operator", "secret", "left"] as const).find(
    (known) => known === disabled_why,
  );
  return (
    <div className="text-sm text-muted">
      <p>{webhook.events.join(", ")}</p>
      {disabled_at !== null && (
        <p className="text-text">
          {t("disabled", { time: time(disabled_at) })} {why !== undefined && t(`why.${why}`)}
        </p>
      )}
      {disabled_at === null && failing_since !== null && (
        <p className="text-text">{t("failing", { time: time(failing_since) })}</p>
      )}
      {old_secret_until !== null && <p>{t("oldSecret", { time: time(old_secret_until) })}</p>}
    </div>
  );
}

function useActions({ webhook, onSecret, onChanged }: Props) {
  const client = useQueryClient();
  const request = useExpiringRequest();
  const params = { path: { webhook_id: webhook.id } };
  const run = async (action: Action) => {
    switch (action) {
      case "test":
        await request(unwrap(api.POST("/api/webhooks/{webhook_id}/test", { params })));
        return client.invalidateQueries({ queryKey: deliveriesOf(webhook.id) });
      case "rotate":
        return onSecret(await request(unwrap(api.POST("/api/webhooks/{webhook_id}/secret", { params }))));
      case "enable":
        await request(unwrap(api.POST("/api/webhooks/{webhook_id}/enable", { params })));
        return onChanged();
      case "disable":
        await request(unwrap(api.POST("/api/webhooks/{webhook_id}/disable", { params })));
        return onChanged();
      case "delete":
        await request(unwrap(api.DELETE("/api/webhooks/{webhook_id}", { params })));
        return onChanged();
    }
  };
  const { mutate, isPending, error } = useMutation({ mutationFn: run, networkMode: "always" });
  return { act: mutate, acting: isPending, error };
}
