"use client";

import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";

import { refusal, useWording } from "@/account/form/refusal";
import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/errors";
import { EVENTS } from "@/api/events";
import type { WebhookCreated, WebhookRequest } from "@/api/schema";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Notice } from "@/ui/notice";

import { wordOf } from "./events";

/** A form for a new webhook: its address and which events it takes. */
export function WebhookForm({ onMade }: { onMade: (made: WebhookCreated) => Promise<void> }) {
  const t = useTranslations("account.webhooks");
  const word = useWording();
  const request = useExpiringRequest();
  const [wrong, setWrong] = useState<"noUrl" | "noEvent" | null>(null);
  const make = useMutation({
    mutationFn: (body: WebhookRequest) => request(unwrap(api.POST("/api/webhooks", { body }))),
    networkMode: "always",
  });
  const refused = make.error instanceof ApiError && make.error.code === "INVALID_URL";
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const url = String(data.get("url") ?? "").trim();
    const events = EVENTS.filter((each) => data.getAll("events").includes(each));
    const found = url === "" ? "noUrl" : events.length === 0 ? "noEvent" : null;
    setWrong(found);
    if (found !== null || make.isPending) return;
    make.mutate(
      { url, events },
      {
        onSuccess: async (made) => {
          form.reset();
          await onMade(made);
        },
      },
    );
  };
  return (
    <form onSubmit={submit} noValidate className="flex max-w-md flex-col gap-4 border-t border-line pt-4">
      <h3 className="font-semibold">{t("new")}</h3>
      {make.isError && !refused && <Notice tone="danger">{word(refusal(make.error, []).form)}</Notice>}
      <Field
        label={t("url")}
        name="url"
        type="url"
        inputMode="url"
        autoComplete="off"
        hint={t("urlHint")}
        error={wrong === "noUrl" ? t("noUrl") : refused ? t("badUrl") : undefined}
      />
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 text-sm font-medium">{t("events")}</legend>
        {EVENTS.map((each) => (
          <label key={each} className="flex min-h-6 items-center gap-2">
            <input type="checkbox" name="events" value={each} defaultChecked className="size-6 shrink-0" />
            {t(`event.${wordOf(each)}`)}
          </label>
        ))}
        {wrong === "noEvent" && (
          <p role="alert" className="text-sm text-danger">
            {t("noEvent")}
          </p>
        )}
      </fieldset>
      <Button type="submit" aria-disabled={make.isPending} className="self-start">
        {t(make.isPending ? "making" : "make")}
      </Button>
    </form>
  );
}
