"use client";

import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useId } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import { useLawList } from "@/api/queries";
import type { LawList } from "@/api/schema";
import { useLanguageCode } from "@/i18n/language-code";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";

import { shownCountry } from "./country";
import { Entry } from "./entry";

/** What the law says, per country; the country is chosen by the reader and kept in the address. */
export function Law() {
  const t = useTranslations("law");
  const hydrated = useHydrated();
  const list = useLawList();
  usePageTitle(`${t("title")} - DeepShield`);
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-6">
      <header>
        <PageHeading>{t("title")}</PageHeading>
      </header>
      {hydrated && list.data ? (
        <Countries list={list.data} />
      ) : list.isError ? (
        <Trouble onRetry={() => void list.refetch()} />
      ) : (
        <Waiting />
      )}
    </div>
  );
}

function Countries({ list }: { list: LawList }) {
  const t = useTranslations("law");
  const locale = useLanguageCode();
  const field = useId();
  const wanted = useSearchParams().get("country");
  const known = list.countries.map(({ iso }) => iso);
  const chosen = shownCountry(wanted, navigator.languages, known);
  const entry = useQuery({
    queryKey: ["law", chosen],
    queryFn: () => unwrap(api.GET("/api/law/{iso}", { params: { path: { iso: chosen ?? "" } } })),
    enabled: chosen !== null,
    staleTime: 300_000,
  });
  const named = list.countries
    .map(({ iso, name }) => ({ iso, name: name[locale] }))
    .sort((one, other) => one.name.localeCompare(other.name, locale));
  return (
    <>
      <div className="flex flex-col gap-3">
        <p>{list.notice[locale]}</p>
        <p>{list.help_first[locale]}</p>
        <p className="font-semibold">{list.child[locale]}</p>
      </div>
      <div className="flex flex-wrap items-center gap-3">
        <label htmlFor={field} className="font-medium">
          {t("country")}
        </label>
        <select
          id={field}
          value={chosen ?? ""}
          onChange={(event) => history.pushState(null, "", `/law/?country=${event.target.value}`)}
          className="min-h-11 min-w-0 rounded-control border border-control bg-surface px-2 text-text"
        >
          {named.map(({ iso, name }) => (
            <option key={iso} value={iso}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {entry.data ? (
        <Entry law={entry.data} />
      ) : entry.isError ? (
        <Trouble onRetry={() => void entry.refetch()} />
      ) : (
        <Waiting />
      )}
    </>
  );
}

function Trouble({ onRetry }: { onRetry: () => void }) {
  const t = useTranslations();
  return (
    <Notice tone="danger" actions={<Button onClick={onRetry}>{t("common.actions.retry")}</Button>}>
      {t("law.trouble")}
    </Notice>
  );
}

/** A place for what is being fetched. */
export function Waiting() {
  const t = useTranslations("common");
  return (
    <div role="status" className="h-96 rounded-card border border-line bg-surface">
      <span className="sr-only">{t("loading")}</span>
    </div>
  );
}
