"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useTranslations } from "use-intl";

import { useMe, useWorkspace } from "@/api/queries";
import type { Policy, RuleInUse } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";
import { MembersOnly } from "@/ui/members-only";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";
import { Waiting } from "@/ui/waiting";

import { Deeds, StateMark } from "./deeds";
import { DraftForm } from "./draft-form";
import { PolicyView } from "./policy-view";
import { RuleText } from "./rule-text";
import { usePolicies, usePolicy } from "./use-policies";
import { PolicyWords } from "./words";

/** A policy by its number, a form to draft one, or the list of all. */
export function Policies() {
  return (
    <PolicyWords>
      <Chosen />
    </PolicyWords>
  );
}

function Chosen() {
  const search = useSearchParams();
  const t = useTranslations("policies");
  const hydrated = useHydrated();
  const me = useMe();
  const workspace = useWorkspace();
  usePageTitle(`${t("title")} - DeepShield`);
  if (!hydrated || me.isPending) return <Waiting />;
  if (me.data === null) return <MembersOnly title={t("title")} text={t("members")} signIn={t("signIn")} />;
  const number = wholeOf(search.get("number"));
  const place = `${workspace?.id} ${search}`;
  if (number !== null) return <PolicyView key={place} number={number} />;
  if (search.has("draft")) return <NewDraft key={place} base={wholeOf(search.get("base"))} />;
  return <All key={place} cursor={wholeOf(search.get("cursor"))} />;
}

function All({ cursor }: { cursor: number | null }) {
  const t = useTranslations("policies");
  const { data, error } = usePolicies(cursor);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div>
          <PageHeading>{t("title")}</PageHeading>
          <p className="mt-1 max-w-prose text-muted">{t("lead")}</p>
        </div>
        {data?.may_draft && (
          <Link href="/policies/?draft=new" className={buttonClass("primary")}>
            {t("draft")}
          </Link>
        )}
      </div>
      {error !== null ? (
        <Problem error={error} />
      ) : data === undefined ? (
        <Waiting />
      ) : (
        <>
          <InUse rule={data.in_use} />
          {data.policies.length === 0 ? (
            <p className="text-muted">{t("empty")}</p>
          ) : (
            <ul className="divide-y divide-line rounded-card border border-line bg-surface">
              {data.policies.map((policy) => (
                <Row key={policy.number} policy={policy} />
              ))}
            </ul>
          )}
          {data.next_cursor !== null && (
            <p>
              <Link
                href={`/policies/?${new URLSearchParams({ cursor: String(data.next_cursor) })}`}
                className={buttonClass()}
              >
                {t("more")}
              </Link>
            </p>
          )}
        </>
      )}
    </div>
  );
}

function InUse({ rule: { by, policy, rule, bundle, bundle_version } }: { rule: RuleInUse }) {
  const t = useTranslations("policies");
  return (
    <Card title={t("inUse.title")}>
      <p className="font-medium">
        {by === "policy" && policy !== null
          ? t("named", policy)
          : t(`inUse.${by === "policy" ? "bundle" : by}`)}
      </p>
      <RuleText rule={rule} />
      <p className="text-sm text-muted">{t("model", { model: `${bundle} ${bundle_version}` })}</p>
    </Card>
  );
}

function Row({ policy }: { policy: Policy }) {
  const t = useTranslations("policies");
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0">
        <Link
          href={`/policies/?${new URLSearchParams({ number: String(policy.number) })}`}
          className="font-medium underline [overflow-wrap:anywhere]"
        >
          {t("named", { number: policy.number, name: policy.name })}
        </Link>
        <Deeds policy={policy} />
      </div>
      <StateMark policy={policy} />
    </li>
  );
}

function NewDraft({ base }: { base: number | null }) {
  const t = useTranslations("policies");
  const { data, error } = usePolicies();
  const from = usePolicy(base);
  const wrong = error ?? from.error;
  if (wrong !== null) return <Problem error={wrong} gone={t("gone")} />;
  if (data === undefined || (base !== null && from.data === undefined)) return <Waiting />;
  if (!data.may_draft) return <Notice>{t("mayNotDraft")}</Notice>;
  return <DraftForm start={from.data?.rule ?? data.in_use.rule} least={data.in_use.least} base={base} />;
}

function wholeOf(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) && Number(text) > 0 ? Number(text) : null;
}
