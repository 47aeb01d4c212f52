"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useTranslations } from "use-intl";

import { useMe, useWorkspace } from "@/api/queries";
import { buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";

import { signInPath } from "./next-path";
import { Invitation } from "./people/invitation";
import { Invitations } from "./people/invitations";
import { Members } from "./people/members";
import { NewWorkspace } from "./people/new-workspace";
import { WorkspaceCard } from "./people/workspace-card";

/** The chosen workspace with its people, or the invitation that the address names. */
export function People() {
  const t = useTranslations("people");
  const token = useSearchParams().get("invitation");
  usePageTitle(`${t("title")} - DeepShield`);
  return (
    <div className="mx-auto w-full max-w-3xl">
      <PageHeading>{t("title")}</PageHeading>
      <div className="mt-4 flex flex-col gap-4">
        {token === null ? <Present /> : <Invitation token={token} />}
      </div>
    </div>
  );
}

function Present() {
  const t = useTranslations();
  const me = useMe();
  const workspace = useWorkspace();
  const hydrated = useHydrated();
  if (!hydrated || me.isPending) return <p role="status">{t("common.loading")}</p>;
  if (!me.data || workspace === null) {
    return (
      <Notice
        title={t("people.nobody.title")}
        actions={
          <Link href={signInPath("/people/")} className={buttonClass("primary")}>
            {t("common.actions.signIn")}
          </Link>
        }
      >
        {t("people.nobody.text")}
      </Notice>
    );
  }
  const manages = workspace.may.includes("manage");
  return (
    <>
      <WorkspaceCard key={workspace.id} workspace={workspace} me={me.data.id} />
      {workspace.may.includes("audit") && (
        <p>
          <Link href="/activity/" className={buttonClass()}>
            {t("people.activity")}
          </Link>
        </p>
      )}
      {!workspace.personal && <Members workspace={workspace} me={me.data.id} />}
      {!workspace.personal && manages && (
        <Invitations key={`${workspace.id} invitations`} workspace={workspace} />
      )}
      <NewWorkspace />
    </>
  );
}
