"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "use-intl";

import { refusal, useWording } from "@/account/form/refusal";
import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import type { SessionAnswer } from "@/api/schema";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";

const SESSIONS = ["sessions"] as const;

/** Where the account is signed in; each login but this one can be ended. */
export function Sessions() {
  const t = useTranslations("account.sessions");
  const word = useWording();
  const announce = useAnnounce();
  const client = useQueryClient();
  const request = useExpiringRequest();
  const listed = useQuery({ queryKey: SESSIONS, queryFn: () => unwrap(api.GET("/api/auth/sessions")) });
  const changed = () => client.invalidateQueries({ queryKey: SESSIONS });
  const endOthers = useMutation({
    mutationFn: () => request(unwrap(api.DELETE("/api/auth/sessions"))),
    networkMode: "always",
    onSuccess: async ({ ended }) => {
      announce(t("ended", { count: ended }));
      await changed();
    },
  });
  const failed = listed.error ?? endOthers.error;
  const others = listed.data?.sessions.some(({ current }) => !current) === true;
  return (
    <Card title={t("title")} id="sessions">
      <p className="mb-4 text-muted">{t("text")}</p>
      {failed !== null && <Notice tone="danger">{word(refusal(failed, []).form)}</Notice>}
      <ul className="flex flex-col divide-y divide-line">
        {listed.data?.sessions.map((session) => (
          <Row key={session.id} session={session} onEnded={changed} />
        ))}
      </ul>
      {others && (
        <Button onClick={() => endOthers.mutate()} disabled={endOthers.isPending} className="mt-4">
          {t("endOthers")}
        </Button>
      )}
    </Card>
  );
}

function Row({ session, onEnded }: { session: SessionAnswer; onEnded: () => Promise<void> }) {
  const t = useTranslations("account.sessions");
  const word = useWording();
  const request = useExpiringRequest();
  const format = useFormatter();
  const time = (at: string) => format.dateTime(new Date(at), { dateStyle: "medium", timeStyle: "short" });
  const { id, browser, system, network, current, created_at, last_seen_at } = session;
  const device =
    browser !== null && system !== null
      ? t("browserOn", { browser, system })
      : (browser ?? system ?? t("unknown"));
  const end = useMutation({
    mutationFn: () => {
      const params = { path: { session_id: id } };
      return request(unwrap(api.DELETE("/api/auth/sessions/{session_id}", { params })));
    },
    networkMode: "always",
    onSuccess: onEnded,
  });
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="font-medium">
          {device} {current && <span className="text-sm font-normal text-muted">({t("current")})</span>}
        </p>
        <p className="text-sm text-muted">
          {t("opened", { time: time(created_at) })}
          {last_seen_at !== null && !current && ` · ${t("seen", { time: time(last_seen_at) })}`}
        </p>
        {network !== null && <p className="text-sm text-muted">{t("network", { network })}</p>}
        {end.isError && (
          <p role="alert" className="text-danger">
            {word(refusal(end.error, []).form)}
          </p>
        )}
      </div>
      {!current && (
        <Button
          onClick={() => end.mutate()}
          disabled={end.isPending}
          aria-label={t("endNamed", { device, time: time(created_at) })}
        >
          {t("end")}
        </Button>
      )}
    </li>
  );
}
