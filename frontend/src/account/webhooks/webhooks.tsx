"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { refusal, useWording } from "@/account/form/refusal";
import { Secret } from "@/account/form/secret";
import { api, unwrap } from "@/api/client";
import type { WebhookCreated } from "@/api/schema";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";

import { Webhook } from "./webhook";
import { WebhookForm } from "./webhook-form";

const WEBHOOKS = ["webhooks"] as const;

/** Webhooks: made, tried, paused, deleted, with what was sent to each. */
export function Webhooks() {
  const t = useTranslations("account.webhooks");
  const word = useWording();
  const client = useQueryClient();
  const [shown, setShown] = useState<WebhookCreated | null>(null);
  const listed = useQuery({ queryKey: WEBHOOKS, queryFn: () => unwrap(api.GET("/api/webhooks")) });
  const show = (made: WebhookCreated | null) => {
    setShown(made);
    return client.invalidateQueries({ queryKey: WEBHOOKS });
  };
  return (
    <Card title={t("title")} id="webhooks">
      <p className="mb-4 text-muted">{t("text")}</p>
      <div className="flex flex-col gap-4">
        {shown !== null && (
          <Secret label={t("secretOf", { url: shown.url })} hint={t("once")} value={shown.secret} />
        )}
        {listed.isError && <Notice tone="danger">{word(refusal(listed.error, []).form)}</Notice>}
        {listed.data?.webhooks.length === 0 && <p>{t("none")}</p>}
        <ul className="flex flex-col divide-y divide-line">
          {listed.data?.webhooks.map((each) => (
            <Webhook
              key={each.id}
              webhook={each}
              onSecret={show}
              onChanged={() => show(shown?.id === each.id ? null : shown)}
            />
          ))}
        </ul>
        <WebhookForm onMade={show} />
      </div>
    </Card>
  );
}
