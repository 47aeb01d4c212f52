"use client";

import dynamic from "next/dynamic";
import { useSearchParams } from "next/navigation";
import { useMemo, useSyncExternalStore } from "react";
import { useTranslations } from "use-intl";

import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";

import { addressOf, readChosen, type Chosen } from "./address";
import { useChoices } from "./choices";
import { Chooser } from "./chooser";
import { Waiting } from "./waiting";

// Players and lanes come when two files are chosen.
const Both = dynamic(() => import("./both").then((module) => module.Both), {
  ssr: false,
  loading: () => <Waiting />,
});

/** Two analyses side by side, `?a=` and `?b=`, or `#a=` and `#b=` by share links: original and suspect, or two copies. */
export function Compare() {
  const t = useTranslations("compare");
  const hydrated = useHydrated();
  usePageTitle(`${t("title")} - DeepShield`);
  return (
    <div className="flex flex-col gap-4 sm:gap-6">
      <header>
        <PageHeading>{t("title")}</PageHeading>
        <p className="mt-1 max-w-prose text-muted">{t("lead")}</p>
      </header>
      {hydrated ? <Files /> : <Waiting />}
    </div>
  );
}

function Files() {
  const t = useTranslations("compare");
  const query = useSearchParams();
  const fragment = useSyncExternalStore(subscribe, read, () => "");
  const chosen = useMemo(() => readChosen(new URLSearchParams(query), fragment), [query, fragment]);
  const choices = useChoices();
  const { a, b } = chosen;
  return (
    <>
      <Chooser {...{ chosen, choices }} onChoose={choose} />
      {a === "" || b === "" ? (
        <Notice>{t(choices.length < 2 ? "tooFew" : "chooseBoth")}</Notice>
      ) : (
        <Both key={addressOf(chosen)} a={a} b={b} />
      )}
    </>
  );
}

function choose(chosen: Chosen): void {
  history.replaceState(null, "", addressOf(chosen));
  dispatchEvent(new HashChangeEvent("hashchange")); // a replaced address makes none
}

function subscribe(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

function read(): string {
  return location.hash;
}
