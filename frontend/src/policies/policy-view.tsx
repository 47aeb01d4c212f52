"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { useMay } from "@/api/queries";
import type { Policy } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { Problem } from "@/failures/problem";
import { useFailureText } from "@/failures/use-failure-words";
import { useAnnounce } from "@/ui/announcer";
import { Button, buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { EraseTexts } from "@/ui/erase-texts";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { Waiting } from "@/ui/waiting";

import { Deeds, StateMark } from "./deeds";
import { PreviewView } from "./preview-view";
import { RuleText } from "./rule-text";
import { useDeciding, usePolicy, useRedact } from "./use-policies";

/** A policy: what it says, who drafted and approved it, what it would do, and what can be done with it. */
export function PolicyView({ number }: { number: number }) {
  const t = useTranslations("policies");
  const may = useMay("policies");
  const { data, error } = usePolicy(number);
  if (error !== null) return <Problem error={error} gone={t("gone")} />;
  if (data === undefined) return <Waiting />;
  return (
    <div className="flex flex-col gap-4">
      <div>
        <PageHeading className="[overflow-wrap:anywhere]">
          {t("named", { number: data.number, name: data.name })}
        </PageHeading>
        <p className="mt-2">
          <Link href="/policies/" className="underline">
            {t("all")}
          </Link>
        </p>
      </div>
      <Card>
        <StateMark policy={data} />
        <div className="mt-3 flex flex-col gap-3">
          {data.reason !== null && (
            <p className="max-w-prose whitespace-pre-wrap [overflow-wrap:anywhere]">{data.reason}</p>
          )}
          {data.redacted.map((text) => (
            <p key={text} className="text-sm text-muted">
              {t(`erase.gone.${text}`)}
            </p>
          ))}
          <div>
            <RuleText rule={data.rule} />
            <p className="text-sm text-muted">
              {t("model", { model: `${data.bundle} ${data.bundle_version}` })}
              {data.base !== null && ` · ${t("base", { number: data.base })}`}
            </p>
          </div>
          <Deeds policy={data} />
          {may && <Decision policy={data} />}
          {may && <Erasing policy={data} />}
        </div>
      </Card>
      {may && <PreviewView rule={data.rule} number={data.number} />}
    </div>
  );
}

function Erasing({ policy: { number, reason, redacted } }: { policy: Policy }) {
  const t = useTranslations("policies.erase");
  const announce = useAnnounce();
  const redact = useRedact(number);
  const there = [
    ...(redacted.includes("name") ? [] : ["name" as const]),
    ...(reason === null ? [] : ["reason" as const]),
  ];
  return (
    <>
      <div>
        <EraseTexts
          texts={there.map((text) => [text, t(text)] as const)}
          words={{ open: t("open"), text: t("text"), confirm: t("confirm") }}
          busy={redact.isPending}
          onErase={(texts) => redact.mutate(texts, { onSuccess: () => announce(t("done")) })}
        />
      </div>
      <Problem error={redact.error} />
    </>
  );
}

function Decision({ policy }: { policy: Policy }) {
  const t = useTranslations("policies.decide");
  const words = useFailureText();
  const announce = useAnnounce();
  const router = useRouter();
  const [asked, setAsked] = useState<"approve" | "retire" | null>(null);
  const { number, state, approved_at, obstacle, may_approve } = policy;
  const deciding = useDeciding(number);
  const draft = state === "draft";
  const again = state === "retired" && approved_at !== null;
  const decide = (what: "approve" | "retire") => {
    if (deciding.isPending) return;
    setAsked(null);
    deciding.mutate(what, {
      onSuccess: (now) => {
        announce(t(what === "approve" ? "approved" : "retired", { number: now.number }));
        if (now.number !== number)
          router.push(`/policies/?${new URLSearchParams({ number: String(now.number) })}`);
      },
    });
  };
  const verb = asked === "approve" ? (again ? "again" : "approve") : draft ? "withdraw" : "retire";
  return (
    <>
      {obstacle !== null && obstacle !== "in_force" && obstacle !== "withdrawn" && (draft || again) && (
        <Notice
          actions={
            obstacle === "personal" && (
              <Link href="/people/" className={buttonClass()}>
                {t("people")}
              </Link>
            )
          }
        >
          {t(`obstacle.${obstacle}`)}
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        {may_approve && (draft || again) && (
          <Button look="primary" onClick={() => setAsked("approve")} aria-disabled={deciding.isPending}>
            {t(again ? "again" : "approve")}
          </Button>
        )}
        {state !== "retired" && (
          <Button onClick={() => setAsked("retire")} aria-disabled={deciding.isPending}>
            {t(draft ? "withdraw" : "retire")}
          </Button>
        )}
        <Link
          href={`/policies/?${new URLSearchParams({ draft: "new", base: String(number) })}`}
          className={buttonClass()}
        >
          {t("from")}
        </Link>
      </div>
      {deciding.error !== null && (
        <Notice tone="danger">
          {words(failureOf(deciding.error))} {/* What exactly, the server says in English. */}
          {deciding.error.code === "CONFLICT" && <span lang="en">{deciding.error.message}</span>}
        </Notice>
      )}
      {asked !== null && (
        <Dialog open onOpenChange={() => setAsked(null)} title={t(verb)} description={t(`text.${verb}`)}>
          <Button look={asked === "approve" ? "primary" : "danger"} onClick={() => decide(asked)}>
            {t(verb)}
          </Button>
        </Dialog>
      )}
    </>
  );
}
