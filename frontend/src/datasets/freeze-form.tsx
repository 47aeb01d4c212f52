"use client";

import { nanoid } from "nanoid";
import { useRouter } from "next/navigation";
import { useState, type SyntheticEvent } from "react";
import { useTranslations } from "use-intl";

import type { VersionRequest } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Field } from "@/ui/field";
import { Notice } from "@/ui/notice";

import { LeftOut } from "./left-out";
import { sharesOf } from "./shares";
import { useFreeze, usePreview } from "./use-datasets";

/** Freezes the next version: the files are counted first, and confirmed. */
export function FreezeForm({ id }: { id: string }) {
  const t = useTranslations("datasets.freeze");
  const words = useFailureText();
  const router = useRouter();
  const [values, setValues] = useState({ q: "", licence: "", train: "0", validation: "0", seed: "0" });
  const [consent, setConsent] = useState(true);
  const [near, setNear] = useState(true);
  const [key, setKey] = useState(() => nanoid());
  const preview = usePreview(id);
  const freeze = useFreeze(id);
  const split = sharesOf(values);
  const change = (name: keyof typeof values) => ({
    name,
    label: t(name),
    value: values[name],
    onChange: ({ target }: { target: { value: string } }) => {
      setValues({ ...values, [name]: target.value });
      setKey(nanoid());
      preview.reset();
      freeze.reset();
    },
  });
  const found = preview.data;
  const busy = preview.isPending || freeze.isPending;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (busy || split === null) return;
    const body: VersionRequest = {
      q: values.q.trim() || null,
      licence: values.licence,
      consent: consent ? "required" : "not_asked",
      join_near_copies: near,
      split,
    };
    if (found === undefined) return preview.mutate(body);
    freeze.mutate(
      { body, key },
      {
        onSuccess: ({ number }) =>
          router.push(`/datasets/?${new URLSearchParams({ id, version: String(number) })}`),
      },
    );
  };
  const error = freeze.error ?? preview.error;
  return (
    <Card title={t("title")}>
      <p className="mb-4 max-w-prose text-muted">{t("text")}</p>
      <form onSubmit={submit} className="flex max-w-prose flex-col gap-4">
        <Field {...change("q")} hint={t("qHint")} />
        <Field {...change("licence")} hint={t("licenceHint")} required />
        <label className="flex min-h-11 items-center gap-3">
          <input
            type="checkbox"
            checked={consent}
            className="size-6 accent-text"
            onChange={({ target }) => {
              setConsent(target.checked);
              setKey(nanoid());
              preview.reset();
            }}
          />
          {t("consent")}
        </label>
        <p className="-mt-3 pl-8 text-sm text-muted">{t("consentHint")}</p>
        <fieldset className="flex flex-col gap-4">
          <legend className="mb-2 font-medium">{t("split")}</legend>
          <div className="grid gap-4 sm:grid-cols-3">
            <Field {...change("train")} inputMode="numeric" />
            <Field {...change("validation")} inputMode="numeric" />
            <Field {...change("seed")} inputMode="numeric" />
          </div>
          <label className="flex min-h-11 items-center gap-3">
            <input
              type="checkbox"
              checked={near}
              className="size-6 accent-text"
              onChange={({ target }) => {
                setNear(target.checked);
                setKey(nanoid());
                preview.reset();
              }}
            />
            {t("near")}
          </label>
          <p className="-mt-3 pl-8 text-sm text-muted">{t("nearHint")}</p>
          <p className="text-sm text-muted">
            {split === null ? t("splitWrong") : t("splitRest", { test: Math.round(100 * split.test) })}
          </p>
        </fieldset>
        <div role="status" className="min-h-6">
          {found !== undefined && (
            <>
              <p>
                {t("found", {
                  files: found.counts.files,
                  unmanipulated: found.counts.real,
                  manipulated: found.counts.fake,
                  groups: found.counts.groups,
                })}
              </p>
              {(found.counts.near_copies ?? null) !== null && (
                <p className="text-sm text-muted">{t("nearFound", { ...found.counts.near_copies })}</p>
              )}
              <LeftOut counts={found.left_out} readBlind={found.counts.read_blind} />
              {found.counts.files === 0 && <p>{t("nothing")}</p>}
            </>
          )}
        </div>
        {error !== null && (
          <Notice tone="danger">
            {words(failureOf(error))}
            {error.code === "READING_BLIND" && typeof error.details?.files === "number" && (
              <> {t("readBlind", { count: error.details.files })}</>
            )}
            {error.code === "QUERY_INVALID" && (
              <>
                {typeof error.details?.position === "number" &&
                  ` ${t("at", { position: error.details.position + 1 })}`}
                {/* What exactly, the server says in English. */}
                <span lang="en"> {error.message}</span>
              </>
            )}
          </Notice>
        )}
        <div>
          <Button
            type="submit"
            look={found === undefined ? "secondary" : "primary"}
            aria-disabled={busy || split === null || found?.counts.files === 0}
          >
            {found === undefined ? t("count") : t("submit")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
