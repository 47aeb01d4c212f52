"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys, useMay } from "@/api/queries";
import type { View, ViewList } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { SORTS, type LibraryQuery, type Look } from "@/library/query";
import { PRESETS, shows } from "@/library/views";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";

type Props = { query: LibraryQuery; look: Look };

const TAB =
  "inline-flex min-h-11 items-center rounded-full border border-control bg-surface px-4 text-sm hover:bg-sunken aria-[current=true]:border-text aria-[current=true]:bg-text aria-[current=true]:text-bg pointer-fine:min-h-8";

/** The queries that every workspace has, those that were saved, and the way to save the present one. */
export function Views({ query, look }: Props) {
  const t = useTranslations("library.views");
  const saved = useSaved().data?.views ?? [];
  const known = [
    ...PRESETS.map(({ q }) => ({ q })),
    ...saved.map((view) => ({ q: view.query, sort: view.sort })),
  ];
  return (
    <nav aria-label={t("label")} className="flex flex-wrap items-center gap-2">
      {PRESETS.map(({ name, q }) => (
        <button
          key={name}
          type="button"
          aria-current={shows(query, { q })}
          onClick={() => look({ q })}
          className={TAB}
        >
          {t(`preset.${name}`)}
        </button>
      ))}
      {saved.map((view) => (
        <Saved key={view.id} view={view} query={query} look={look} />
      ))}
      {!known.some((view) => shows(query, view)) && <Save query={query} />}
    </nav>
  );
}

function Saved({ view, query, look }: Props & { view: View }) {
  const t = useTranslations("library.views");
  const removal = useRemoval();
  const mayRemoveShared = useMay("delete");
  const q = view.query;
  const current = shows(query, { q, sort: view.sort });
  return (
    <span className="inline-flex items-center">
      <button
        type="button"
        aria-current={current}
        title={view.query}
        onClick={() => look({ q, sort: SORTS.find((known) => known === view.sort) ?? query.sort })}
        className={TAB}
      >
        {view.name}
        {view.shared && <span className="sr-only"> ({t("ofWorkspace")})</span>}
      </button>
      {current && (mayRemoveShared || !view.shared) && (
        <button
          type="button"
          aria-label={t("remove", { name: view.name })}
          title={t("remove", { name: view.name })}
          aria-disabled={removal.isPending}
          onClick={() => !removal.isPending && removal.mutate(view.id)}
          className="inline-flex size-11 items-center justify-center rounded-full text-muted hover:bg-sunken hover:text-text pointer-fine:size-8"
        >
          <X aria-hidden className="size-4" />
        </button>
      )}
    </span>
  );
}

function Save({ query }: { query: LibraryQuery }) {
  const t = useTranslations("library.views");
  const failed = useFailureText();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const [shared, setShared] = useState(false);
  const mayShare = useMay("delete");
  const saving = useMutation<unknown, ApiError, string>({
    mutationFn: (name) =>
      unwrap(api.POST("/api/views", { body: { name, query: query.q, sort: query.sort, shared } })),
    onSuccess: () => {
      setOpen(false);
      return client.invalidateQueries({ queryKey: keys.views });
    },
  });
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)}>
        {t("save")}
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={t("save")}
        description={query.q || t("preset.all")}
        initialFocus={field}
      >
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            const name = String(new FormData(event.currentTarget).get("name") ?? "").trim();
            if (name !== "" && !saving.isPending) saving.mutate(name);
          }}
        >
          <Field
            ref={field}
            label={t("name")}
            name="name"
            maxLength={100}
            required
            autoComplete="off"
            {...(saving.error !== null && { error: failed(failureOf(saving.error)) })}
          />
          {mayShare && (
            <label className="flex min-h-11 items-center gap-3 text-sm pointer-fine:min-h-9">
              <input
                type="checkbox"
                checked={shared}
                onChange={(event) => setShared(event.currentTarget.checked)}
                className="size-6 accent-text"
              />
              {t("forAll")}
            </label>
          )}
          <div className="flex justify-end">
            <Button look="primary" type="submit" aria-disabled={saving.isPending}>
              {t("confirm")}
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}

function useSaved() {
  return useQuery<ViewList, ApiError>({
    queryKey: keys.views,
    queryFn: () => unwrap(api.GET("/api/views")),
  });
}

function useRemoval() {
  const client = useQueryClient();
  return useMutation<unknown, ApiError, string>({
    mutationFn: (id) => unwrap(api.DELETE("/api/views/{view_id}", { params: { path: { view_id: id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: keys.views }),
  });
}
