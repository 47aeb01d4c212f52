"use client";

import { Meter } from "@base-ui/react/meter";
import { useFormatter, useNow, useTranslations } from "use-intl";

import type { MeAnswer } from "@/api/schema";
import { span } from "@/i18n/format";
import { Card } from "@/ui/card";

const TICK_MS = 15_000;

/** How much of the day's quota is used, and when it is renewed. */
export function Usage({ me }: { me: MeAnswer }) {
  const t = useTranslations("account.usage");
  const format = useFormatter();
  const { used, remaining, resets_at } = me.usage;
  const resets = new Date(resets_at);
  return (
    <Card title={t("title")}>
      {remaining === null ? (
        <p>{t("unlimited", { used })}</p>
      ) : (
        <>
          <Limited used={used} remaining={remaining} resets={resets} />
          <p className="mt-3 text-sm text-muted">
            {t("note", { time: format.dateTime(resets, { hour: "numeric", minute: "2-digit" }) })}
          </p>
        </>
      )}
    </Card>
  );
}

function Limited({ used, remaining, resets }: { used: number; remaining: number; resets: Date }) {
  const t = useTranslations("account.usage");
  const now = useNow({ updateInterval: TICK_MS });
  const limit = used + remaining;
  const wait = span(resets.getTime() - now.getTime());
  const text =
    remaining === 0 ? t("full", { limit, wait }) : `${t("used", { used, limit })}; ${t("more", { wait })}`;
  return (
    <Meter.Root value={used} max={Math.max(1, limit)} getAriaValueText={() => text} aria-label={t("label")}>
      <p className="text-lg">{text}</p>
      <Meter.Track className="mt-3 h-2 overflow-hidden rounded-full bg-sunken ring-1 ring-control ring-inset">
        <Meter.Indicator className="block bg-text" />
      </Meter.Track>
    </Meter.Root>
  );
}
