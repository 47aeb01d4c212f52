"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import { useMe, useWorkspace } from "@/api/queries";
import { buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";

import { Chain } from "./activity/chain";
import { Entries } from "./activity/entries";
import { Filters } from "./activity/filters";
import { useActivityQuery } from "./activity/query";
import { ActivityWords } from "./activity/words";
import { signInPath } from "./next-path";

/** What has been done in the chosen workspace, for those who may read it. */
export function Activity() {
  return (
    <ActivityWords>
      <Page />
    </ActivityWords>
  );
}

function Page() {
  const t = useTranslations("activity");
  usePageTitle(`${t("title")} - DeepShield`);
  return (
    <div className="mx-auto w-full max-w-5xl">
      <PageHeading>{t("title")}</PageHeading>
      <div className="mt-4 flex flex-col gap-4">
        <Present />
      </div>
    </div>
  );
}

function Present() {
  const t = useTranslations();
  const me = useMe();
  const workspace = useWorkspace();
  const hydrated = useHydrated();
  const [query, change] = useActivityQuery();
  if (!hydrated || me.isPending) return <p role="status">{t("common.loading")}</p>;
  if (!me.data || workspace === null) {
    return (
      <Notice
        title={t("people.nobody.title")}
        actions={
          <Link href={signInPath("/activity/")} className={buttonClass("primary")}>
            {t("common.actions.signIn")}
          </Link>
        }
      >
        {t("activity.signIn")}
      </Notice>
    );
  }
  if (!workspace.may.includes("audit")) return <Notice>{t("activity.notAllowed")}</Notice>;
  return (
    <>
      <p className="text-muted">
        {t("activity.lead", { workspace: workspace.personal ? t("people.personal") : workspace.name })}
      </p>
      <Filters workspace={workspace} query={query} onChange={change} />
      <Entries key={workspace.id} workspace={workspace} query={query} />
      <Chain key={`${workspace.id} chain`} workspace={workspace} />
    </>
  );
}
