"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { refusal, useWording } from "@/account/form/refusal";
import { Secret } from "@/account/form/secret";
import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import type { KeyAnswer, KeyCreated } from "@/api/schema";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";

import { Examples } from "./examples";
import { KeyForm } from "./key-form";

const KEYS = ["keys"] as const;

/** API keys: listed, made and shown once, revoked; with examples for this server's own address. */
export function Keys() {
  const t = useTranslations("account.keys");
  const word = useWording();
  const client = useQueryClient();
  const [made, setMade] = useState<KeyCreated | null>(null);
  const listed = useQuery({ queryKey: KEYS, queryFn: () => unwrap(api.GET("/api/keys")) });
  const changed = () => client.invalidateQueries({ queryKey: KEYS });
  return (
    <Card title={t("title")} id="keys">
      <p className="mb-4 text-muted">{t("text")}</p>
      <div className="flex flex-col gap-4">
        {made !== null && <Secret label={t("made", { name: made.name })} hint={t("once")} value={made.key} />}
        {listed.isError && <Notice tone="danger">{word(refusal(listed.error, []).form)}</Notice>}
        {listed.data?.keys.length === 0 && <p>{t("none")}</p>}
        <ul className="flex flex-col divide-y divide-line">
          {listed.data?.keys.map((each) => (
            <Row
              key={each.id}
              apiKey={each}
              onRevoked={() => {
                if (made?.id === each.id) setMade(null);
                return changed();
              }}
            />
          ))}
        </ul>
        <KeyForm
          onMade={(key) => {
            setMade(key);
            return changed();
          }}
        />
        <Examples />
      </div>
    </Card>
  );
}

function Row({ apiKey, onRevoked }: { apiKey: KeyAnswer; onRevoked: () => Promise<void> }) {
  const t = useTranslations("account.keys");
  const word = useWording();
  const [asked, setAsked] = useState(false);
  const request = useExpiringRequest();
  const revoke = useMutation({
    mutationFn: () =>
      request(unwrap(api.DELETE("/api/keys/{key_id}", { params: { path: { key_id: apiKey.id } } }))),
    networkMode: "always",
    onSuccess: onRevoked,
  });
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="font-medium [overflow-wrap:anywhere]">{apiKey.name}</p>
        <p className="font-mono text-sm text-muted">{apiKey.prefix}…</p>
        <p className="text-sm text-muted">{apiKey.scopes.map((scope) => t(`scope.${scope}`)).join(", ")}</p>
        <Times apiKey={apiKey} />
        {asked && <p role="alert">{t("revokeQuestion")}</p>}
        {revoke.isError && (
          <p role="alert" className="text-danger">
            {word(refusal(revoke.error, []).form)}
          </p>
        )}
      </div>
      <Button
        look={asked ? "danger" : "secondary"}
        disabled={revoke.isPending}
        onClick={() => (asked ? revoke.mutate() : setAsked(true))}
        aria-label={t(asked ? "revokeNow" : "revokeNamed", { name: apiKey.name })}
      >
        {t("revoke")}
      </Button>
    </li>
  );
}

function Times({ apiKey }: { apiKey: KeyAnswer }) {
  const t = useTranslations("account.keys");
  const format = useFormatter();
  const day = (time: string) => format.dateTime(new Date(time), { dateStyle: "medium" });
  const { expires_at, last_used_at } = apiKey;
  return (
    <p className="text-sm text-muted">
      {expires_at === null ? t("neverEnds") : t("ends", { date: day(expires_at) })}
      {" · "}
      {last_used_at === null ? t("neverUsed") : t("used", { date: day(last_used_at) })}
    </p>
  );
}
