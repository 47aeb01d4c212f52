"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import type { Case, EvaluationDetails, EvaluationReport, Slice } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { percentRange } from "@/i18n/format";
import { ReliabilityPlot } from "@/method/reliability-plot";
import { useKindText } from "@/review/kinds";
import { Card } from "@/ui/card";
import { FiguresTable } from "@/ui/figures-table";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { Waiting } from "@/ui/waiting";

import { share, useFigures, wilson } from "./figures";
import { RocPlot } from "./roc-plot";
import { useEvaluation } from "./use-evaluations";

const VERDICTS = ["manipulated", "no_signs", "inconclusive", "no_face"] as const;
const CASES_SHOWN = 20;
/** Parts by the shorter side, as the report names them. */
const SIDES: Record<string, string> = {
  "under 480 px": "small",
  "480 to 1079 px": "middle",
  "1080 px and more": "large",
};

/** An evaluation: how it stands, and every figure once it is done. */
export function ReportView({ id }: { id: string }) {
  const t = useTranslations("measure");
  const { data, error } = useEvaluation(id);
  if (error !== null) return <Problem error={error} gone={t("gone")} />;
  if (data === undefined) return <Waiting />;
  return (
    <div className="flex flex-col gap-4">
      <Heading evaluation={data} />
      {data.state !== "done" && (
        <p role="status">
          {t(`state.${data.state}`)}
          {data.state === "waiting" && data.recheck_id !== null && (
            <>
              {" · "}
              <Link href={`/rechecks/?${new URLSearchParams({ id: data.recheck_id })}`} className="underline">
                {t("recheck")}
              </Link>
            </>
          )}
        </p>
      )}
      {data.error !== null && <Notice tone="danger">{data.error}</Notice>}
      {data.report !== null && <Report report={data.report} />}
    </div>
  );
}

function Heading({ evaluation: one }: { evaluation: EvaluationDetails }) {
  const t = useTranslations("measure");
  const { number } = useFigures();
  return (
    <div>
      <PageHeading className="break-words">{`${one.dataset}@${one.number}`}</PageHeading>
      <p className="mt-1 text-muted">
        {t("of", { model: `${one.bundle ?? ""} ${one.bundle_version ?? ""}` })}
        {one.threshold !== null && ` · ${t("at", { threshold: number(one.threshold, 3) })}`}
        {one.policy !== null && ` · ${t("policy", one.policy)}`}
        {one.split !== null && ` · ${t("split", { split: one.split })}`}
      </p>
      {one.missing > 0 && <p className="mt-1">{t("missing", { missing: one.missing, files: one.files })}</p>}
      {one.used_for.some((use) => use !== "evaluation") && <Notice>{t("fitted")}</Notice>}
      <p className="mt-2 flex flex-wrap gap-x-4">
        <Link
          href={`/datasets/?${new URLSearchParams({ id: one.dataset_id, version: String(one.number) })}`}
          className="underline"
        >
          {t("toVersion")}
        </Link>
        <Link href="/measure/" className="underline">
          {t("all")}
        </Link>
      </p>
    </div>
  );
}

function Report({ report }: { report: EvaluationReport }) {
  const t = useTranslations("measure");
  const { auc, number } = useFigures();
  const { figures, confusion } = report;
  const rate = (label: "real" | "fake", verdict: "manipulated" | "no_signs") => {
    const row = confusion[label] ?? {};
    const [count, all] = [row[verdict] ?? 0, Object.values(row).reduce((sum, one) => sum + one, 0)];
    return all === 0 ? share(null) : t("rate", { count, all, range: percentRange(wilson(count, all)) });
  };
  const points = report.reliability.map(
    ({ estimate, share: found, files, interval: [low = 0, high = 1] }) => ({
      estimate,
      share: found,
      files,
      range: [low, high] as const,
    }),
  );
  return (
    <>
      <Card title={t("figures")}>
        <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[max-content_minmax(0,1fr)]">
          {(
            [
              [
                t("figure.files"),
                t("counts", {
                  unmanipulated: figures.real,
                  manipulated: figures.fake,
                  groups: figures.groups,
                }),
              ],
              [t("figure.auc"), auc(figures.auc, figures.auc_interval)],
              [t("figure.falseAlarms"), rate("real", "manipulated")],
              [t("figure.misses"), rate("fake", "no_signs")],
              [t("figure.abstained"), share(figures.abstained)],
              [t("figure.ece"), number(report.ece, 3)],
            ] as const
          ).map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-sm text-muted">{name}</dt>
              <dd className="font-medium">{value}</dd>
            </div>
          ))}
        </dl>
        <p className="mt-3 max-w-prose text-sm text-muted">{t("figuresHint")}</p>
      </Card>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-2">
        {report.roc.length > 0 && (
          <Card title={t("roc.title")}>
            <RocPlot points={report.roc} auc={auc(figures.auc, figures.auc_interval)} />
            <p className="mt-2 max-w-prose text-sm text-muted">{t("roc.hint")}</p>
          </Card>
        )}
        {points.length > 0 && (
          <Card title={t("reliability.title")}>
            <ReliabilityPlot points={points} />
            <p className="mt-2 max-w-prose text-sm text-muted">{t("reliability.hint")}</p>
            <details className="mt-3">
              <summary className="min-h-6 cursor-pointer text-sm underline">{t("asTable")}</summary>
              <FiguresTable
                caption={t("reliability.title")}
                columns={[t("reliability.estimate"), t("reliability.share"), t("figure.files")]}
                rows={report.reliability.map((row) => [
                  share(row.estimate),
                  `${share(row.share)} (${percentRange(row.interval)})`,
                  row.files,
                ])}
              />
            </details>
          </Card>
        )}
      </div>
      <Card title={t("confusion")}>
        <FiguresTable
          caption={t("confusion")}
          columns={[t("label.name"), ...VERDICTS.map((verdict) => t(`verdict.${verdict}`))]}
          rows={(["real", "fake"] as const).map((label) => [
            t(`label.${label}`),
            ...VERDICTS.map((verdict) => confusion[label]?.[verdict] ?? 0),
          ])}
        />
      </Card>
      {report.slices.length > 0 && <Slices report={report} />}
      <Thresholds report={report} />
      {report.withheld && <p className="max-w-prose text-muted">{t("withheld")}</p>}
      <Cases title={t("worst.falseAlarms")} cases={report.false_alarms} />
      <Cases title={t("worst.misses")} cases={report.misses} />
    </>
  );
}

function Slices({ report: { slices } }: { report: EvaluationReport }) {
  const t = useTranslations("measure");
  const { auc } = useFigures();
  const kind = useKindText();
  const nameOf = ({ by, name }: Slice) => {
    if (by === "kind") return kind(name);
    const known = `slices.names.${SIDES[name] ?? name}` as "slices.names.upload";
    return t.has(known) ? t(known) : name;
  };
  return (
    <Card title={t("slices.title")}>
      <FiguresTable
        caption={t("slices.title")}
        columns={[
          t("slices.part"),
          t("figure.files"),
          t("figure.auc"),
          t("figure.falseAlarms"),
          t("figure.misses"),
          t("figure.abstained"),
        ]}
        rows={slices.map((one) => [
          `${t(`slices.${one.by as "kind" | "source" | "generator" | "size" | "media_type"}`)}: ${nameOf(one)}`,
          one.chosen,
          auc(one.auc, one.auc_interval),
          share(one.false_alarms),
          share(one.misses),
          share(one.abstained),
        ])}
      />
      <p className="mt-3 max-w-prose text-sm text-muted">{t("slices.hint")}</p>
    </Card>
  );
}

function Thresholds({ report: { thresholds } }: { report: EvaluationReport }) {
  const t = useTranslations("measure.threshold");
  const { number } = useFigures();
  return (
    <Card title={t("title")}>
      <FiguresTable
        caption={t("title")}
        columns={[t("rate"), t("threshold"), t("fakes"), t("bound")]}
        rows={thresholds.map((one) => [
          share(one.false_alarms),
          one.threshold === null
            ? t("needs", { files: one.needs_authentic_files ?? 0 })
            : number(one.threshold, 3),
          share(one.flagged_fake ?? null),
          share(one.false_alarms_at_most ?? null),
        ])}
      />
      <p className="mt-3 max-w-prose text-sm text-muted">{t("hint")}</p>
    </Card>
  );
}

function Cases({ title, cases }: { title: string; cases: readonly Case[] }) {
  const t = useTranslations("measure.worst");
  if (cases.length === 0) return null;
  return (
    <Card title={title}>
      <ol className="list-decimal pl-6">
        {cases.slice(0, CASES_SHOWN).map((one) => (
          <li key={one.sha256} className="py-1">
            <Link
              href={`/result/?${new URLSearchParams({ id: one.job_id })}`}
              className="font-mono underline"
            >
              {one.sha256.slice(0, 12)}
            </Link>{" "}
            <span className="text-muted">{t("estimate", { estimate: share(one.estimate) })}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
