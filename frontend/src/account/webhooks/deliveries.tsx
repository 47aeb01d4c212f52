"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "use-intl";

import { refusal, useWording } from "@/account/form/refusal";
import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import type { DeliveryAnswer } from "@/api/schema";
import { Button } from "@/ui/button";

const SHOWN = 10;
const WAITING_MS = 2000;

/** The key of a webhook's deliveries in the query cache. */
export const deliveriesOf = (webhookId: string) => ["webhooks", webhookId, "deliveries"] as const;

/** The last messages to a webhook and what came of them, renewed while one waits. */
export function Deliveries({ webhookId }: { webhookId: string }) {
  const t = useTranslations("account.webhooks");
  const word = useWording();
  const listed = useQuery({
    queryKey: deliveriesOf(webhookId),
    queryFn: () =>
      unwrap(
        api.GET("/api/webhooks/{webhook_id}/deliveries", {
          params: { path: { webhook_id: webhookId }, query: { limit: SHOWN } },
        }),
      ),
    refetchInterval: ({ state }) =>
      state.data?.deliveries.some((each) => each.state === "waiting") ? WAITING_MS : false,
  });
  if (listed.isError)
    return (
      <p role="alert" className="text-danger">
        {word(refusal(listed.error, []).form)}
      </p>
    );
  if (listed.data === undefined) return null;
  if (listed.data.deliveries.length === 0) return <p className="text-sm text-muted">{t("nothingSent")}</p>;
  return (
    <ul aria-label={t("deliveries")} className="flex flex-col divide-y divide-line text-sm">
      {listed.data.deliveries.map((each) => (
        <Delivery key={each.id} webhookId={webhookId} delivery={each} />
      ))}
    </ul>
  );
}

function Delivery({ webhookId, delivery }: { webhookId: string; delivery: DeliveryAnswer }) {
  const t = useTranslations("account.webhooks");
  const format = useFormatter();
  const client = useQueryClient();
  const request = useExpiringRequest();
  const again = useMutation({
    mutationFn: () =>
      request(
        unwrap(
          api.POST("/api/deliveries/{delivery_id}/resend", {
            params: { path: { delivery_id: delivery.id } },
          }),
        ),
      ),
    networkMode: "always",
    onSettled: () => client.invalidateQueries({ queryKey: deliveriesOf(webhookId) }),
  });
  const { attempts, created_at, event, problem, state, status } = delivery;
  return (
    <li className="flex flex-wrap items-center justify-between gap-2 py-2">
      <div className="min-w-0">
        <p>
          {event} · {t(`state.${state}`, { attempts })}
          {status !== null && ` · ${t("status", { status: String(status) })}`}
        </p>
        <p className="text-muted">
          {format.dateTime(new Date(created_at), { dateStyle: "medium", timeStyle: "medium" })}
          {problem !== null && ` · ${problem}`}
        </p>
      </div>
      <Button look="quiet" disabled={again.isPending} onClick={() => again.mutate()}>
        {t("sendAgain")}
      </Button>
    </li>
  );
}
