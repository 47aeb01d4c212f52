"use client";

import { useMemo } from "react";
import { useTranslations } from "use-intl";

import { percent } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";
import { useClock } from "@/viewer/clock";
import type { Evidence } from "@/viewer/evidence/evidence";
import { nearestIndex } from "@/viewer/evidence/sampling";
import { tableRows } from "./lines";
import type { Player } from "@/viewer/player";

type Props = { evidence: Evidence; player: Player; onSeek: (ms: number) => void };

/** The timeline's numbers: a row per sampled frame, whose time goes there. */
export function ScoreTable({ evidence, player, onSeek }: Props) {
  const clockText = useTimeText();
  const t = useTranslations("viewer");
  const common = useTranslations("common");
  const rows = useMemo(() => tableRows(evidence), [evidence]);
  const times = useMemo(() => rows.map(({ timeMs }) => timeMs), [rows]);
  const here = useClock(player.clock, ({ cursorMs }) => nearestIndex(times, cursorMs));
  return (
    // A region that scrolls is reached by keyboard.
    <div
      role="region"
      aria-label={t("tableLabel")}
      tabIndex={0}
      className="max-h-96 overflow-auto rounded-control border border-line"
    >
      <table className="w-full text-sm">
        <caption className="sr-only">{t("tableLabel")}</caption>
        <thead className="sticky top-0 bg-surface shadow-[0_1px_0_var(--line)]">
          <tr>
            <th scope="col" className="px-3 py-2 text-left font-semibold">
              {t("time")}
            </th>
            {evidence.lanes.map(({ letter }) => (
              <th key={letter} scope="col" className="px-3 py-2 text-right font-semibold whitespace-nowrap">
                {common("person", { letter })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ sample, timeMs, cells }) => (
            <tr
              key={sample}
              data-sample={sample}
              aria-current={sample === here || undefined}
              className="border-t border-line aria-current:bg-sunken"
            >
              <th scope="row" className="text-left font-normal">
                <button
                  type="button"
                  onClick={() => onSeek(timeMs)}
                  className="min-h-11 px-3 underline pointer-fine:min-h-8"
                >
                  {clockText(timeMs)}
                </button>
              </th>
              {cells.map((score, i) => (
                <td
                  key={evidence.lanes[i]?.letter}
                  className={`px-3 text-right whitespace-nowrap ${typeof score === "number" ? "" : "text-muted"}`}
                >
                  {score === undefined ? t("notSeen") : score === null ? t("withheld") : percent(score)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
