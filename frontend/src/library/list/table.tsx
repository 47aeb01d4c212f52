"use client";

import Link from "next/link";
import { useFormatter, useLocale, useTranslations } from "use-intl";

import type { Medium } from "@/api/schema";
import { bytes } from "@/i18n/format";
import { isChosen, type Selection } from "@/library/selection";
import { Poster } from "@/library/viewing/poster";

import { Human } from "./human";
import { ROW, ROW_LINK } from "./keys";
import { Keeps } from "./keeps";
import { Machine } from "./machine";

type Props = {
  media: readonly Medium[];
  selection: Selection;
  now: Date;
  onChoose: (id: string, range: boolean) => void;
  onChoosePage: () => void;
};

const HEAD = "px-2 py-2 text-left font-medium";
const CELL = "px-2 py-2 align-top";
const WIDE = "hidden md:table-cell";
const WIDEST = "hidden lg:table-cell";

/** The files of a page, a row each; on narrow screens what else is known stands below the name. */
export function Table({ media, selection, now, onChoose, onChoosePage }: Props) {
  const t = useTranslations("library");
  const whole = media.length > 0 && media.every(({ id }) => isChosen(selection, id));
  const some = media.some(({ id }) => isChosen(selection, id));
  return (
    <div className="rounded-card border border-line bg-surface">
      <table className="w-full table-fixed border-collapse text-sm">
        <caption className="sr-only">{t("table")}</caption>
        <thead>
          <tr className="border-b border-line text-muted">
            <th scope="col" className="w-11 py-1 pl-1">
              <Tick
                label={t("choosePage")}
                checked={whole}
                mixed={some && !whole}
                onChange={() => onChoosePage()}
              />
            </th>
            <th scope="col" className={`${HEAD} w-18`}>
              <span className="sr-only">{t("column.picture")}</span>
            </th>
            <th scope="col" className={HEAD}>
              {t("column.file")}
            </th>
            <th scope="col" className={`${HEAD} ${WIDE} w-44`}>
              {t("column.machine")}
            </th>
            <th scope="col" className={`${HEAD} ${WIDE} w-32`}>
              {t("column.human")}
            </th>
            <th scope="col" className={`${HEAD} ${WIDEST} w-40`}>
              {t("column.bundle")}
            </th>
            <th scope="col" className={`${HEAD} ${WIDEST} w-44`}>
              {t("column.when")}
            </th>
            <th scope="col" className={`${HEAD} ${WIDE} w-24`}>
              {t("column.keeps")}
            </th>
          </tr>
        </thead>
        <tbody>
          {media.map((medium) => (
            <Row
              key={medium.id}
              medium={medium}
              chosen={isChosen(selection, medium.id)}
              now={now}
              onChoose={(range) => onChoose(medium.id, range)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type RowProps = { medium: Medium; chosen: boolean; now: Date; onChoose: (range: boolean) => void };

function Row({ medium, chosen, now, onChoose }: RowProps) {
  const t = useTranslations("library");
  const bundle = [medium.bundle, medium.bundle_version].filter(Boolean).join(" ") || "–";
  return (
    <tr
      {...{ [ROW]: medium.id }}
      className={`border-b border-line last:border-b-0 focus-within:bg-sunken hover:bg-sunken ${chosen ? "bg-sunken" : ""}`}
    >
      <td className="py-1 pl-1 align-top">
        <Tick label={t("choose", { name: medium.name })} checked={chosen} onChange={onChoose} />
      </td>
      <td className={CELL}>
        <Poster medium={medium} />
      </td>
      <td className={`${CELL} min-w-0`}>
        <Link
          {...{ [ROW_LINK]: "" }}
          href={`/media/?id=${encodeURIComponent(medium.id)}`}
          className="inline-flex min-h-11 items-center font-medium [overflow-wrap:anywhere] text-text underline pointer-fine:min-h-6"
        >
          {medium.name}
        </Link>
        <Facts medium={medium} />
        <div className="mt-1 flex flex-col gap-1 md:hidden">
          <Machine verdict={medium.verdict} score={medium.score} withheld={medium.withheld} />
          {medium.label !== null && (
            <span>
              {t("column.human")}: <Human label={medium.label} />
            </span>
          )}
          <span className="text-muted">
            {t("column.keeps")}: <Keeps medium={medium} now={now} />
          </span>
        </div>
      </td>
      <td className={`${CELL} ${WIDE}`}>
        <Machine verdict={medium.verdict} score={medium.score} withheld={medium.withheld} />
      </td>
      <td className={`${CELL} ${WIDE}`}>
        <Human label={medium.label} withheld={medium.withheld} />
      </td>
      <td className={`${CELL} ${WIDEST} [overflow-wrap:anywhere] text-muted`}>{bundle}</td>
      <td className={`${CELL} ${WIDEST} text-muted`}>
        <Moment at={medium.seen_at} />
        {medium.sent_by !== null && (
          <span className="block truncate" title={medium.sent_by}>
            {medium.sent_by}
          </span>
        )}
      </td>
      <td className={`${CELL} ${WIDE} text-muted`}>
        <Keeps medium={medium} now={now} />
      </td>
    </tr>
  );
}

function Facts({ medium }: { medium: Medium }) {
  const t = useTranslations("library");
  const locale = useLocale();
  const facts = [t(`kind.${medium.kind}`), bytes(medium.size_bytes, locale)];
  if (medium.analyses > 1) facts.push(t("analyses", { count: medium.analyses }));
  return (
    <>
      <span className="block text-muted">
        {facts.join(" · ")}
        <span className="lg:hidden">
          {" · "}
          <Moment at={medium.seen_at} />
        </span>
      </span>
      {medium.tags.length > 0 && (
        <span className="mt-1 flex flex-wrap gap-1">
          {medium.tags.map((tag) => (
            <span key={tag} className="rounded-full border border-line px-2 text-xs leading-5">
              #{tag}
            </span>
          ))}
        </span>
      )}
    </>
  );
}

function Moment({ at }: { at: string }) {
  const format = useFormatter();
  const then = new Date(at);
  return (
    <time dateTime={at} className="whitespace-nowrap">
      {format.dateTime(then, { dateStyle: "medium", timeStyle: "short" })}
    </time>
  );
}

type TickProps = { label: string; checked: boolean; mixed?: boolean; onChange: (range: boolean) => void };

function Tick({ label, checked, mixed = false, onChange }: TickProps) {
  return (
    <label className="inline-flex size-11 items-center justify-center pointer-fine:size-9">
      <span className="sr-only">{label}</span>
      <input
        type="checkbox"
        checked={checked}
        ref={(box) => {
          if (box !== null) box.indeterminate = mixed;
        }}
        onChange={(event) => onChange((event.nativeEvent as MouseEvent).shiftKey)}
        className="size-6 accent-text"
      />
    </label>
  );
}
