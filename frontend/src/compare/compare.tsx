"use client";

import dynamic from "next/dynamic";
import { useRouter, useSearchParams } from "next/navigation";
import { useTranslations } from "use-intl";

import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";

import { useChoices } from "./choices";
import { Chooser, type Chosen } from "./chooser";
import { Waiting } from "./waiting";

// Players and lanes come when two files are chosen.
const Both = dynamic(() => import("./both").then((module) => module.Both), {
  ssr: false,
  loading: () => <Waiting />,
});

/** Two analyses side by side, `?a=` and `?b=`: original and suspect, or two copies. */
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
  const router = useRouter();
  const query = useSearchParams();
  const chosen = { a: query.get("a") ?? "", b: query.get("b") ?? "" };
  const choices = useChoices();
  const choose = ({ a, b }: Chosen) => router.replace(`/compare/?${new URLSearchParams({ a, b })}`);
  const { a, b } = chosen;
  return (
    <>
      <Chooser {...{ chosen, choices }} onChoose={choose} />
      {a === "" || b === "" ? (
        <Notice>{t(choices.length < 2 ? "tooFew" : "chooseBoth")}</Notice>
      ) : (
        <Both key={`${a} ${b}`} a={a} b={b} />
      )}
    </>
  );
}
