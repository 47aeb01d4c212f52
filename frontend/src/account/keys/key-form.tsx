"use client";

import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";

import { refusal, useWording } from "@/account/form/refusal";
import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import type { KeyCreated, KeyRequest } from "@/api/schema";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Notice } from "@/ui/notice";

type Scope = KeyRequest["scopes"][number];

const SCOPES: readonly Scope[] = ["analyse", "read", "export", "admin"];
const GIVEN_FIRST: readonly Scope[] = ["analyse", "read"];
const LIFETIMES = ["30", "90", "365", "never"] as const; // days
const DAY_MS = 86_400_000;

/** A form for a new key: its name, what it may do, and when it ends. */
export function KeyForm({ onMade }: { onMade: (key: KeyCreated) => Promise<void> }) {
  const t = useTranslations("account.keys");
  const word = useWording();
  const request = useExpiringRequest();
  const [wrong, setWrong] = useState<"noName" | "noScope" | null>(null);
  const make = useMutation({
    mutationFn: (body: KeyRequest) => request(unwrap(api.POST("/api/keys", { body }))),
    networkMode: "always",
  });
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const wanted = read(new FormData(form));
    const found = wanted.name === "" ? "noName" : wanted.scopes.length === 0 ? "noScope" : null;
    setWrong(found);
    if (found !== null || make.isPending) return;
    make.mutate(wanted, {
      onSuccess: async (key) => {
        form.reset();
        await onMade(key);
      },
    });
  };
  return (
    <form onSubmit={submit} noValidate className="flex max-w-md flex-col gap-4 border-t border-line pt-4">
      <h3 className="font-semibold">{t("new")}</h3>
      {make.isError && <Notice tone="danger">{word(refusal(make.error, []).form)}</Notice>}
      <Field
        label={t("name")}
        name="name"
        hint={t("nameHint")}
        maxLength={100}
        autoComplete="off"
        error={wrong === "noName" ? t("noName") : undefined}
      />
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 text-sm font-medium">{t("scopes")}</legend>
        {SCOPES.map((scope) => (
          <label key={scope} className="flex min-h-6 items-start gap-2">
            <input
              type="checkbox"
              name="scopes"
              value={scope}
              defaultChecked={GIVEN_FIRST.includes(scope)}
              className="size-6 shrink-0"
            />
            <span>
              {t(`scope.${scope}`)} <span className="text-sm text-muted">{t(`may.${scope}`)}</span>
            </span>
          </label>
        ))}
        {wrong === "noScope" && (
          <p role="alert" className="text-sm text-danger">
            {t("noScope")}
          </p>
        )}
      </fieldset>
      <label className="flex flex-col gap-1 text-sm font-medium">
        {t("lifetime")}
        <select
          name="lifetime"
          defaultValue="365"
          className="min-h-11 rounded-control border border-control bg-surface px-3 text-base font-normal"
        >
          {LIFETIMES.map((days) => (
            <option key={days} value={days}>
              {days === "never" ? t("never") : t("days", { count: Number(days) })}
            </option>
          ))}
        </select>
      </label>
      <Button type="submit" aria-disabled={make.isPending} className="self-start">
        {t(make.isPending ? "making" : "make")}
      </Button>
    </form>
  );
}

function read(data: FormData): KeyRequest {
  const days = Number(data.get("lifetime"));
  return {
    name: String(data.get("name") ?? "").trim(),
    scopes: SCOPES.filter((scope) => data.getAll("scopes").includes(scope)),
    expires_at: Number.isNaN(days) ? null : new Date(Date.now() + days * DAY_MS).toISOString(),
  };
}
