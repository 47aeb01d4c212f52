"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { useMe } from "@/api/queries";
import type { Evaluation } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { buttonClass } from "@/ui/button";
import { MembersOnly } from "@/ui/members-only";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";
import { Waiting } from "@/ui/waiting";

import { ComparisonView } from "./comparison";
import { useFigures } from "./figures";
import { OwnTraffic } from "./own-traffic";
import { ReportView } from "./report";
import { useEvaluations } from "./use-evaluations";
import { MeasureWords } from "./words";

/** The report of an evaluation, two evaluations compared, or the list of all. */
export function Measure() {
  return (
    <MeasureWords>
      <Chosen />
    </MeasureWords>
  );
}

function Chosen() {
  const search = useSearchParams();
  const t = useTranslations("measure");
  const hydrated = useHydrated();
  const me = useMe();
  usePageTitle(`${t("title")} - DeepShield`);
  if (!hydrated || me.isPending) return <Waiting />;
  if (me.data === null) return <MembersOnly title={t("title")} text={t("members")} signIn={t("signIn")} />;
  const [id, a, b] = ["id", "a", "b"].map((name) => search.get(name) ?? "");
  if (id) return <ReportView key={id} id={id} />;
  return a && b ? <ComparisonView key={`${a} ${b}`} a={a} b={b} /> : <All />;
}

function All() {
  const t = useTranslations("measure");
  const { data, error } = useEvaluations();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const toggle = (id: string) =>
    setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-2));
  const [b, a] = chosen;
  return (
    <div className="flex flex-col gap-4">
      <div>
        <PageHeading>{t("title")}</PageHeading>
        <p className="mt-1 max-w-prose text-muted">{t("lead")}</p>
        <p className="mt-2">
          <Link href="/datasets/" className="underline">
            {t("datasets")}
          </Link>{" "}
          <Link href="/policies/" className="ml-4 underline">
            {t("policies")}
          </Link>
        </p>
      </div>
      <OwnTraffic />
      {error !== null ? (
        <Problem error={error} />
      ) : data === undefined ? (
        <Waiting />
      ) : data.evaluations.length === 0 ? (
        <p className="text-muted">{t("empty")}</p>
      ) : (
        <>
          <ul className="divide-y divide-line rounded-card border border-line bg-surface">
            {data.evaluations.map((one) => (
              <Row key={one.id} one={one} chosen={chosen.includes(one.id)} onChoose={() => toggle(one.id)} />
            ))}
          </ul>
          {a !== undefined && b !== undefined ? (
            <p>
              <Link href={`/measure/?${new URLSearchParams({ a: b, b: a })}`} className={buttonClass()}>
                {t("compareTwo")}
              </Link>
            </p>
          ) : (
            <p className="text-sm text-muted">{t("chooseTwo")}</p>
          )}
        </>
      )}
    </div>
  );
}

type RowProps = { one: Evaluation; chosen: boolean; onChoose: () => void };

function Row({ one, chosen, onChoose }: RowProps) {
  const t = useTranslations("measure");
  const format = useFormatter();
  const { auc, number } = useFigures();
  const name = `${one.dataset}@${one.number}`;
  return (
    <li className="flex items-center gap-3 px-4 py-3">
      {one.state === "done" && (
        <input
          type="checkbox"
          checked={chosen}
          onChange={onChoose}
          aria-label={t("choose", { name })}
          className="size-6 shrink-0"
        />
      )}
      <div className="min-w-0 flex-1">
        <Link
          href={`/measure/?${new URLSearchParams({ id: one.id })}`}
          className="font-medium break-words underline"
        >
          {name}
        </Link>
        <p className="text-sm text-muted">
          {one.bundle} {one.bundle_version} · {t(`state.${one.state}`)} ·{" "}
          {format.dateTime(new Date(one.created_at), { dateStyle: "medium", timeStyle: "short" })}
          {one.threshold !== null && ` · ${t("at", { threshold: number(one.threshold, 3) })}`}
          {one.auc !== null && ` · AUC ${auc(one.auc, null)}`}
        </p>
      </div>
    </li>
  );
}
