"use client";

import type { ReactNode } from "react";
import { useFormatter, useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { percent } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";
import { Card } from "@/ui/card";
import { signOf, VERDICT_TEXT, VerdictMark } from "@/ui/verdict-mark";
import type { Source } from "@/viewer/viewer";

import { personRows, type PersonRow } from "./people";

type Props = {
  result: AnalysisResult;
  source: Source;
  video: boolean;
  /** Called with a person's letter by [Not a face]; without it there is no such button. */
  onNotFace?: (letter: string) => void;
};

/** Everybody seen, most suspicious first. On narrow screens a line becomes a block with its labels. */
export function PeopleTable({ result, source, video, onNotFace }: Props) {
  const t = useTranslations("result.people");
  const rows = personRows(result);
  if (rows.length === 0) return null;
  const columns = [
    "person",
    "verdict",
    ...(video ? (["seconds", "frames", "top"] as const) : []),
    "note",
  ] as const;
  return (
    <Card title={t("title")} aside={rows.length > 1 && <p className="text-sm text-muted">{t("hint")}</p>}>
      {/* Roles are written out: elements that are no table to the eye are none to a screen reader either. */}
      <table role="table" className="w-full text-sm max-sm:block">
        <thead role="rowgroup" className="max-sm:sr-only">
          <tr role="row" className="text-left text-muted">
            {columns.map((column) => (
              <th key={column} role="columnheader" scope="col" className="pr-4 pb-2 font-medium last:pr-0">
                {t(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="max-sm:block">
          {rows.map((row) => (
            <Row key={row.person} {...{ row, source, video, onNotFace }} sampled={result.frames_sampled} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

type RowProps = Omit<Props, "result"> & { row: PersonRow; sampled: number };

function Row({ row, sampled, source, video, onNotFace }: RowProps) {
  const clock = useTimeText();
  const t = useTranslations("result.people");
  const format = useFormatter();
  const seconds = row.secondsOnScreen;
  return (
    <tr
      role="row"
      className="border-t border-line max-sm:grid max-sm:grid-cols-2 max-sm:gap-x-4 max-sm:py-3 sm:align-middle"
    >
      <th
        role="rowheader"
        scope="row"
        className="py-2 pr-4 text-left font-semibold whitespace-nowrap max-sm:col-span-2 max-sm:py-0 max-sm:pr-0"
      >
        <PersonName row={row} source={source} onNotFace={onNotFace} />
      </th>
      <Cell label={t("verdict")} wide>
        <PersonVerdict row={row} />
      </Cell>
      {video && (
        <>
          <Cell label={t("seconds")}>
            <span className="whitespace-nowrap">
              {format.number(seconds, {
                style: "unit",
                unit: "second",
                unitDisplay: "short",
                maximumFractionDigits: seconds < 10 ? 1 : 0,
              })}
            </span>
          </Cell>
          <Cell label={t("frames")}>{t("of", { used: row.usableFrames, sampled })}</Cell>
          <Cell label={t("top")}>{row.topMs === null ? t("none") : clock(row.topMs)}</Cell>
        </>
      )}
      <Cell label={t("note")}>
        <Note row={row} />
      </Cell>
    </tr>
  );
}

/** `wide` ones have a line of their own on narrow screens. */
function Cell({ label, wide = false, children }: { label: string; wide?: boolean; children: ReactNode }) {
  return (
    <td
      role="cell"
      className={`py-2 pr-4 last:pr-0 max-sm:pt-2 max-sm:pr-0 max-sm:pb-0 ${wide ? "max-sm:col-span-2" : ""}`}
    >
      <span aria-hidden className="block text-muted sm:hidden">
        {label}
      </span>
      {children}
    </td>
  );
}

function PersonName({ row, source, onNotFace }: Pick<RowProps, "row" | "source" | "onNotFace">) {
  const t = useTranslations();
  const thumbnail = source.artifactUrl(row.thumbnail);
  return (
    <span className="flex items-center gap-3">
      {thumbnail !== null && (
        <img
          src={thumbnail}
          alt=""
          width={160}
          height={160}
          loading="lazy"
          className="size-12 max-w-none shrink-0 rounded-control border border-line bg-sunken object-cover"
        />
      )}
      <span>
        {t("common.person", { letter: row.person })}
        {row.deciding && <span className="sr-only">. {t("result.people.deciding")}</span>}
        {onNotFace && (
          <button
            type="button"
            onClick={() => onNotFace(row.person)}
            aria-label={t("result.people.notFaceOf", { letter: row.person })}
            className="block min-h-11 text-sm font-normal text-muted underline hover:text-text pointer-fine:min-h-6 print:hidden"
          >
            {t("result.people.notFace")}
          </button>
        )}
      </span>
    </span>
  );
}

function PersonVerdict({ row }: { row: PersonRow }) {
  const t = useTranslations();
  const estimate = row.estimate === null ? t("result.people.noEstimate") : percent(row.estimate);
  if (row.verdict === null)
    return <>{row.estimate === null ? estimate : `${t("result.people.estimate")} ${estimate}`}</>;
  const { verdict, label } = row.verdict;
  const sign = signOf(verdict, label);
  return (
    <span className="inline-flex items-start gap-1.5">
      <VerdictMark verdict={sign} className="size-5" />
      <span>
        <span className={VERDICT_TEXT[sign]}>{t(`common.verdict.brief.${sign}`)}</span>{" "}
        <span className="whitespace-nowrap">({estimate})</span>
        {row.trace !== null && <span className="block text-muted">{t(`common.trace.${row.trace}`)}</span>}
        <ByTrace row={row} />
      </span>
    </span>
  );
}

function ByTrace({ row: { byTrace } }: { row: PersonRow }) {
  const t = useTranslations("result.people");
  if (byTrace.length === 0) return null;
  const each = byTrace.map(({ trace, estimate }) => t(`alone.${trace}`, { estimate: percent(estimate) }));
  return <span className="block text-muted">{t("byTrace", { each: each.join(", ") })}</span>;
}

function Note({ row }: { row: PersonRow }) {
  const t = useTranslations("result");
  const notes = row.notes.map((code) =>
    code === "too_few_frames" ? t(`weak.${code}`, { frames: row.usableFrames }) : t(`weak.${code}`),
  );
  if (row.medianFacePx !== null) notes.push(t("people.size", { pixels: Math.round(row.medianFacePx) }));
  return <>{notes.length > 0 ? notes.join(", ") : t("people.none")}</>;
}
