"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useTranslations } from "use-intl";

import { useMe, useWorkspace } from "@/api/queries";
import type { Workspace } from "@/api/schema";
import { buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { usePageTitle } from "@/ui/use-page-title";

import { Desk } from "./desk/desk";
import { Agreement } from "./lead/agreement";
import { TaskPage } from "./lead/task-page";
import { Tasks } from "./lead/tasks";
import { readReason } from "./reasons";
import { Waiting } from "@/ui/waiting";
import { ReviewWords } from "./words";

const VIEWS = ["read", "tasks", "agreement"] as const;
type View = (typeof VIEWS)[number];

/** The page of reviews: the file to read, and for leads the queue and how far readers agree. */
export function Review() {
  return (
    <ReviewWords waiting={<Waiting tall />}>
      <Allowed />
    </ReviewWords>
  );
}

function Allowed() {
  const t = useTranslations("review");
  const common = useTranslations("common.actions");
  const people = useTranslations("people.role");
  const me = useMe();
  const workspace = useWorkspace();
  usePageTitle(`${t("title")} - DeepShield`);
  if (me.isPending) return <Waiting tall />;
  if (!me.data || workspace === null)
    return (
      <>
        <PageHeading className="mb-4">{t("title")}</PageHeading>
        <Notice
          title={t("signIn.title")}
          actions={
            <Link
              href={`/login/?${new URLSearchParams({ next: "/review/" })}`}
              className={buttonClass("primary")}
            >
              {common("signIn")}
            </Link>
          }
        >
          {t("signIn.text")}
        </Notice>
      </>
    );
  if (!workspace.may.includes("review"))
    return (
      <>
        <PageHeading className="mb-4">{t("title")}</PageHeading>
        <Notice
          title={t("noRight.title")}
          actions={
            <Link href="/people/" className={buttonClass()}>
              {t("noRight.action")}
            </Link>
          }
        >
          {t("noRight.text", { role: people(workspace.role) })}
        </Notice>
      </>
    );
  return <Views key={workspace.id} workspace={workspace} />;
}

function Views({ workspace }: { workspace: Workspace }) {
  const t = useTranslations("review");
  const address = useSearchParams();
  const leads = workspace.may.includes("adjudicate");
  const view: View = (leads && VIEWS.find((known) => known === address.get("view"))) || "read";
  const task = leads ? address.get("task") : null;
  const reason = leads ? readReason(address.get("reason")) : null;
  return (
    <>
      {leads && (
        <nav aria-label={t("views.label")} className="mb-4 border-b border-line">
          <ul className="-mb-px flex flex-wrap gap-x-4">
            {VIEWS.map((one) => (
              <li key={one}>
                <Link
                  href={one === "read" ? "/review/" : `/review/?view=${one}`}
                  aria-current={one === view && task === null ? "page" : undefined}
                  className={`inline-flex min-h-11 items-center border-b-2 text-sm no-underline ${one === view ? "border-text font-semibold text-text" : "border-transparent text-muted hover:text-text"}`}
                >
                  {t(`views.${one}`)}
                </Link>
              </li>
            ))}
            {workspace.may.includes("policies") && (
              <li>
                <Link
                  href="/policies/"
                  className="inline-flex min-h-11 items-center border-b-2 border-transparent text-sm text-muted no-underline hover:text-text"
                >
                  {t("views.policies")}
                </Link>
              </li>
            )}
          </ul>
        </nav>
      )}
      {task !== null ? (
        <TaskPage key={task} id={task} />
      ) : view === "tasks" ? (
        <Tasks />
      ) : view === "agreement" ? (
        <Agreement />
      ) : (
        <>
          {reason !== null && (
            <p className="mb-4 text-sm">
              {t("onlyReason", { reason: t(`reasonName.${reason}`) })}{" "}
              <Link href="/review/" className="underline">
                {t("allReasons")}
              </Link>
            </p>
          )}
          <Desk key={reason ?? ""} workspace={workspace} reason={reason} />
        </>
      )}
    </>
  );
}
