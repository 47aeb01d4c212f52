"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useFormatter, useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys, useLimits, useWorkspace } from "@/api/queries";
import type { DatasetFigures, EstimatedShare, EstimatedStratum, EstimateReport } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { useSetName } from "@/i18n/set-name";
import { buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";
import { FiguresTable } from "@/ui/figures-table";
import { Notice } from "@/ui/notice";
import { Waiting } from "@/ui/waiting";

import { RateBar } from "./rate-bar";

const PERIODS = [30, 90, 365] as const;
const USUAL = 90;
const DAY_MS = 86_400_000;
const STRATA = ["flagged", "not_flagged"] as const;

type Days = (typeof PERIODS)[number];
type Stratum = (typeof STRATA)[number];

/** How often the machine errs on the workspace's own files, for who may know; nothing for others. */
export function OwnTraffic() {
  const workspace = useWorkspace();
  const address = useSearchParams();
  const days = PERIODS.find((known) => String(known) === address.get("days")) ?? USUAL;
  if (workspace?.may.includes("error_rates") !== true) return null;
  return <Known key={workspace.id} days={days} />;
}

function Known({ days }: { days: Days }) {
  const t = useTranslations("measure.own");
  const { data, error } = useQuery<EstimateReport, ApiError>({
    queryKey: [...keys.reviews, "estimates", days],
    queryFn: ({ signal }) => {
      const since = new Date(Date.now() - days * DAY_MS).toISOString();
      return unwrap(api.GET("/api/review/estimates", { params: { query: { since } }, signal }));
    },
  });
  return (
    <Card title={t("title")} aside={<Periods chosen={days} />}>
      <p className="mb-4 max-w-prose text-muted">{t("lead")}</p>
      {error !== null ? (
        <Problem error={error} />
      ) : data === undefined ? (
        <Waiting />
      ) : (
        <Report report={data} />
      )}
    </Card>
  );
}

function Periods({ chosen }: { chosen: Days }) {
  const t = useTranslations("measure.own");
  return (
    <nav aria-label={t("period")}>
      <ul className="flex flex-wrap gap-x-4">
        {PERIODS.map((days) => (
          <li key={days}>
            <Link
              href={`/measure/?days=${days}`}
              replace
              scroll={false}
              aria-current={days === chosen ? "true" : undefined}
              className={`inline-flex min-h-11 items-center text-sm pointer-fine:min-h-8 ${days === chosen ? "font-semibold text-text no-underline" : "text-muted underline"}`}
            >
              {t("days", { days })}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Report({ report }: { report: EstimateReport }) {
  const t = useTranslations("measure.own");
  const drawn = report.flagged.drawn + report.not_flagged.drawn;
  if (drawn === 0 && !report.asks_for_reviews)
    return (
      <Notice
        title={t("off.title")}
        actions={
          <Link href="/people/" className={buttonClass()}>
            {t("off.action")}
          </Link>
        }
      >
        {t("off.text")}
      </Notice>
    );
  const isEnough = report.flagged.missing === null && report.not_flagged.missing === null;
  return (
    <div className="flex flex-col gap-4">
      {isEnough ? <Rates report={report} /> : <TooFew report={report} />}
      <Counts report={report} />
      <p className="max-w-prose text-sm text-muted">{t("assumes")}</p>
    </div>
  );
}

function TooFew({ report }: { report: EstimateReport }) {
  const t = useTranslations("measure.own");
  const mayRead = useWorkspace()?.may.includes("review") === true;
  return (
    <Notice
      title={t("few.title")}
      actions={
        mayRead ? (
          <Link href="/review/" className={buttonClass()}>
            {t("few.action")}
          </Link>
        ) : undefined
      }
    >
      <ul className="list-disc pl-5">
        {STRATA.map((name) => {
          const { missing, used, least } = report[name];
          return (
            missing !== null && (
              <li key={name}>
                {t("few.have", { stratum: name, used, least })}{" "}
                {missing.to_read > 0 && t("few.read", { files: missing.to_read })}{" "}
                {missing.to_analyse > 0 &&
                  t("few.analyse", { stratum: name, files: rounded(missing.to_analyse) })}
              </li>
            )
          );
        })}
      </ul>
    </Notice>
  );
}

function Rates({ report }: { report: EstimateReport }) {
  const t = useTranslations("measure.own");
  const limits = useLimits();
  const sets = limits.data?.model?.datasets ?? [];
  const rates = [
    { name: "falseAlarms", rate: report.false_alarm_rate },
    { name: "misses", rate: report.miss_rate },
  ] as const;
  const end = Math.max(0.01, ...rates.map(({ rate }) => rate?.interval[1] ?? 0));
  return (
    <>
      <dl className="grid gap-4 sm:grid-cols-2">
        {rates.map(({ name, rate }) => (
          <div key={name}>
            <dt className="font-medium">{t(`rate.${name}`)}</dt>
            <dd>
              <Rate rate={rate} end={end} />
              <p className="mt-1 text-sm text-muted">{t(`rate.${name}Hint`)}</p>
            </dd>
          </div>
        ))}
      </dl>
      {sets.length > 0 && <Tests sets={sets} />}
    </>
  );
}

function Rate({ rate, end }: { rate: EstimatedShare | null; end: number }) {
  const t = useTranslations("measure.own");
  const exact = useExact();
  if (rate === null) return <p>{t("rate.none")}</p>;
  const [low = 0, high = 1] = rate.interval;
  return (
    <>
      <p>
        <span className="text-2xl font-semibold tabular-nums">{exact(rate.value)}</span>{" "}
        {t("rate.interval", { low: exact(low), high: exact(high) })}
      </p>
      <RateBar value={rate.value} low={low} high={high} end={end} />
    </>
  );
}

function Tests({ sets }: { sets: readonly DatasetFigures[] }) {
  const t = useTranslations("measure.own.tests");
  const exact = useExact();
  const nameOf = useSetName();
  const share = (value: number | null) => (value === null ? "–" : exact(value));
  return (
    <div>
      <h3 className="font-medium">{t("title")}</h3>
      <FiguresTable
        caption={t("title")}
        columns={[t("set"), t("falseAlarms"), t("misses")]}
        rows={sets.map(({ dataset, flagged_real: real, flagged_fake: fake }) => [
          nameOf(dataset).name,
          share(real),
          share(fake === null ? null : 1 - fake),
        ])}
      />
      <p className="mt-2 max-w-prose text-sm text-muted">{t("hint")}</p>
    </div>
  );
}

function Counts({ report }: { report: EstimateReport }) {
  const t = useTranslations("measure.own");
  const exact = useExact();
  const other = { inconclusive: report.files.inconclusive ?? 0, noFace: report.files.no_face ?? 0 };
  const wrong = (one: EstimatedStratum) =>
    one.wrong_share === null
      ? "–"
      : `${exact(one.wrong_share.value)} (${exact(one.wrong_share.interval[0] ?? 0)}–${exact(one.wrong_share.interval[1] ?? 1)})`;
  const rows = STRATA.map((name) => {
    const one = report[name];
    return [
      t(`stratum.${name}`),
      one.files,
      one.drawn,
      one.read,
      one.wrong,
      wrong(one),
      one.undecided,
      one.gone,
    ];
  });
  return (
    <div className="flex flex-col gap-2">
      <FiguresTable
        caption={t("counts.title")}
        columns={(["verdict", "files", "drawn", "read", "wrong", "share", "undecided", "gone"] as const).map(
          (column) => t(`counts.${column}`),
        )}
        rows={rows}
      />
      <ul className="max-w-prose list-disc pl-5 text-sm">
        {STRATA.map((name) => (
          <Notes key={name} name={name} one={report[name]} />
        ))}
        <li>{t("counts.other", other)}</li>
        {report.not_drawable > 0 && <li>{t("counts.notDrawable", { files: report.not_drawable })}</li>}
      </ul>
    </div>
  );
}

function Notes({ name, one }: { name: Stratum; one: EstimatedStratum }) {
  const t = useTranslations("measure.own.counts");
  const format = useFormatter();
  return (
    <>
      {one.waiting_since !== null && (
        <li>
          {t("waiting", {
            stratum: name,
            files: one.waiting,
            since: format.dateTime(new Date(one.waiting_since), { dateStyle: "medium" }),
          })}
        </li>
      )}
      {one.used < one.read && <li>{t("sooner", { stratum: name, files: one.read - one.used })}</li>}
    </>
  );
}

/** Returns how a rate is written: in percent with two digits that count, since small ones matter. */
function useExact(): (rate: number) => string {
  const format = useFormatter();
  return (rate) => format.number(rate, { style: "percent", maximumSignificantDigits: 2 });
}

/** A number that is an estimate itself, without digits that say nothing. */
function rounded(files: number): number {
  return Number(files.toPrecision(2));
}
