"use client";

import { useTranslations } from "use-intl";

import { scoreText } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";
import { useClock, type Clock } from "@/viewer/clock";
import type { Evidence } from "@/viewer/evidence/evidence";
import { nearestIndex } from "@/viewer/evidence/sampling";

/** Persons beyond these are in the table. */
const MOST = 5;

type Props = { evidence: Evidence; clock: Clock; hoverMs: number | null };

/** The scores of the sampled frame under the pointer, else of the one that the cursor is at. */
export function Readout({ evidence: { samples, lanes }, clock, hoverMs }: Props) {
  const clockText = useTimeText();
  const t = useTranslations("viewer");
  const index = useClock(clock, ({ cursorMs }) =>
    nearestIndex(
      samples.map(({ timeMs }) => timeMs),
      hoverMs ?? cursorMs,
    ),
  );
  const sample = index === null ? undefined : samples[index];
  if (!sample) return null;
  return (
    <p aria-hidden className="flex min-h-6 flex-wrap items-baseline gap-x-3 text-sm">
      <span className="font-semibold">{clockText(sample.timeMs)}</span>
      {lanes.slice(0, MOST).map(({ letter }) => {
        const score = sample.scores[letter];
        return (
          <span key={letter} className={typeof score === "number" ? undefined : "text-muted"}>
            {letter} <span className="inline-block min-w-5">{scoreText(score)}</span>
          </span>
        );
      })}
      <span className="text-muted">{t("sampleOf", { number: sample.index + 1, count: samples.length })}</span>
    </p>
  );
}
