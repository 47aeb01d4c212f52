"use client";

import Link from "next/link";
import { useState } from "react";
import { useTranslations } from "use-intl";

import type { DatasetPreview, OwnPreview, PolicyRule, PreviewOn, PreviewRate } from "@/api/schema";
import { useDatasets } from "@/datasets/use-datasets";
import { Problem } from "@/failures/problem";
import { countedShare, percentRange } from "@/i18n/format";
import { Card } from "@/ui/card";
import { FiguresTable } from "@/ui/figures-table";
import { Waiting } from "@/ui/waiting";

import { Histogram } from "./histogram";
import { RatesPlot } from "./rates-plot";
import { usePreview } from "./use-policies";

const VERDICTS = ["manipulated", "inconclusive", "no_signs"] as const;
const CHANGES = ["up", "down", "unclear", "clear"] as const;

/** What a rule, or the policy of a number, would do on the workspace's own files and on a version of a data set. */
export function PreviewView({ rule, number }: { rule: PolicyRule; number: number | null }) {
  const t = useTranslations("policies.preview");
  const [on, setOn] = useState<PreviewOn | null | undefined>(undefined);
  const { versions, asked, error: unread } = useVersions();
  // The newest version of all, as long as nothing else was chosen.
  const chosen = on === undefined && asked ? undefined : on === undefined ? (versions[0]?.on ?? null) : on;
  const { data, error } = usePreview(rule, number, chosen);
  return (
    <>
      <Problem error={error} />
      <Card title={t("own")}>{data === undefined ? <Waiting /> : <Own own={data.own} rule={rule} />}</Card>
      <Card title={t("labelled")}>
        {versions.length === 0 && unread !== null ? (
          <Problem error={unread} />
        ) : versions.length === 0 ? (
          <p className="text-muted">
            {t("noVersion")}{" "}
            <Link href="/datasets/" className="underline">
              {t("toDatasets")}
            </Link>
          </p>
        ) : (
          <label className="flex flex-wrap items-center gap-3">
            {t("version")}
            <select
              value={!chosen ? "" : nameOf(chosen)}
              onChange={({ target }) =>
                setOn(versions.find((one) => nameOf(one.on) === target.value)?.on ?? null)
              }
              className="min-h-11 max-w-full rounded-control border border-control bg-surface px-3"
            >
              <option value="">{t("none")}</option>
              {versions.map(({ name, on: one }) => (
                <option key={name} value={nameOf(one)}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        {data !== undefined && data.dataset !== null && <Labelled found={data.dataset} rule={rule} />}
      </Card>
      {data !== undefined && data.unknown.length > 0 && (
        <ul className="max-w-prose list-disc pl-5 text-sm text-muted">
          {data.unknown.map((one) => (
            <li key={one}>{t(`unknown.${one}`, { count: data.own.untold + (data.dataset?.untold ?? 0) })}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function Own({ own, rule }: { own: OwnPreview; rule: PolicyRule }) {
  const t = useTranslations("policies.preview");
  const table = useTranslations("policies");
  if (own.files === 0) return <p className="text-muted">{t("noFiles")}</p>;
  return (
    <>
      <p role="status" className="mb-3">
        {t("changed", { changed: own.changed, files: own.files })}
        {CHANGES.filter((one) => (own.changes[one] ?? 0) > 0).map(
          (one) => ` ${t(`change.${one}`, { count: own.changes[one] ?? 0 })}`,
        )}
      </p>
      <Histogram bins={own.histogram} rule={rule} />
      {own.without_estimate > 0 && (
        <p className="mt-2 text-sm text-muted">{t("withoutEstimate", { count: own.without_estimate })}</p>
      )}
      <details className="mt-3">
        <summary className="min-h-6 cursor-pointer text-sm underline">{t("asTable")}</summary>
        <FiguresTable
          caption={t("own")}
          columns={[t("verdict"), t("before"), t("after")]}
          rows={VERDICTS.map((verdict) => [
            table(`histogram.verdict.${verdict}`),
            own.before[verdict] ?? 0,
            own.after[verdict] ?? 0,
          ])}
        />
      </details>
    </>
  );
}

function Labelled({ found, rule }: { found: DatasetPreview; rule: PolicyRule }) {
  const { present } = found;
  const t = useTranslations("policies.preview");
  const rates = useTranslations("policies.rates");
  const told = ({ files, of, share, interval }: PreviewRate) =>
    share === null ? (
      "–"
    ) : (
      <>
        {t("rate", { files, of })}
        <span className="block text-muted">
          {t("share", {
            share: countedShare(share),
            interval: interval === null ? "–" : percentRange(interval),
          })}
        </span>
      </>
    );
  return (
    <div className="mt-4 flex flex-col gap-4">
      <p className="text-sm text-muted">
        {t("analysed", { analysed: found.analysed, files: found.looked_at })}
        {found.used_for.some((use) => use !== "evaluation") && ` ${t("fitted")}`}
      </p>
      <FiguresTable
        caption={t("labelled")}
        columns={[t("figure"), t("draft"), ...(present === null ? [] : [t("present")])]}
        rows={(["false_alarms", "misses", "abstained"] as const).map((rate) => [
          rates(rate),
          told(found.draft[rate]),
          ...(present === null ? [] : [told(present[rate])]),
        ])}
      />
      <p className="max-w-prose text-sm text-muted">{t("hint")}</p>
      {found.curve.length > 0 && <RatesPlot curve={found.curve} threshold={rule.threshold} />}
    </div>
  );
}

type Version = { name: string; on: PreviewOn; frozen: string };

/** The versions that are not retired, the newest first, and whether they are still asked for or could not be read. */
function useVersions() {
  const { data, isPending, error } = useDatasets();
  const versions: Version[] = (data?.datasets ?? []).flatMap(({ id, name, versions: all }) =>
    all
      .filter(({ retired_at }) => retired_at === null)
      .map(({ number, frozen_at }) => ({
        name: `${name}@${number}`,
        on: { dataset_id: id, number, split: null },
        frozen: frozen_at,
      })),
  );
  versions.sort((a, b) => b.frozen.localeCompare(a.frozen));
  return { versions, asked: isPending, error };
}

function nameOf({ dataset_id, number }: PreviewOn): string {
  return `${dataset_id} ${number}`;
}
