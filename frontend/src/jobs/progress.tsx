"use client";

import { Progress } from "@base-ui/react/progress";
import { useTranslations } from "use-intl";

import type { ResultAnswer } from "@/api/schema";

import { markOf, stepsOf } from "./stages";

type Mark = ReturnType<typeof markOf>;

/** The steps of an analysis with their marks; the present one with its counts. */
export function StageList({ answer }: { answer: ResultAnswer }) {
  const t = useTranslations();
  return (
    <ol className="flex flex-col">
      {stepsOf(answer.stage).map((step, index, steps) => {
        const mark = markOf(step, answer.stage, answer.state);
        return (
          <li
            key={step}
            aria-current={mark === "now" ? "step" : undefined}
            className="relative flex gap-3 pb-3 last:pb-0"
          >
            {index < steps.length - 1 && (
              <span
                aria-hidden
                className={`absolute top-5 -bottom-1 left-[7px] w-0.5 ${mark === "done" ? "bg-muted" : "bg-line"}`}
              />
            )}
            <StageMark mark={mark} />
            <div className="min-w-0">
              <span className={LOOK[mark]}>{t(`common.stage.${step}`)}</span>
              {mark !== "next" && <span className="sr-only"> ({t(`analyse.progress.${mark}`)})</span>}
              {mark === "now" && step === "looking" && <Faces count={answer.progress.faces_found} />}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

const LOOK: Record<Mark, string> = { done: "text-muted", now: "font-semibold", next: "text-muted" };

/** Filled when done, ringed while going on, empty before: distinguishable without colour. */
function StageMark({ mark }: { mark: Mark }) {
  return (
    <svg
      aria-hidden
      viewBox="0 0 16 16"
      className={`relative mt-1 size-4 shrink-0 ${mark === "next" ? "text-control" : "text-text"}`}
    >
      <circle cx="8" cy="8" r="8" className="fill-surface" />
      {mark === "done" && <circle cx="8" cy="8" r="5" fill="currentColor" className="text-muted" />}
      {mark !== "done" && (
        <circle
          cx="8"
          cy="8"
          r="5"
          fill="none"
          stroke="currentColor"
          strokeWidth={mark === "now" ? 2 : 1.25}
        />
      )}
      {mark === "now" && <circle cx="8" cy="8" r="2" fill="currentColor" />}
    </svg>
  );
}

/** The faces found so far, which only grow; the frames are counted beside the bar. */
function Faces({ count }: { count: number }) {
  const t = useTranslations("analyse.progress");
  return count > 0 && <p className="text-sm text-muted">{t("faces", { count })}</p>;
}

/** A named bar from 0 to 100; null while the progress is unknown. */
export function ProgressBar({ value, label }: { value: number | null; label: string }) {
  return (
    <Progress.Root value={value} aria-label={label} locale="en">
      <Progress.Track className="h-1.5 overflow-hidden rounded-full bg-line">
        <Progress.Indicator className="block h-full rounded-full bg-text transition-[width] duration-200 data-indeterminate:w-1/3 data-indeterminate:animate-pulse" />
      </Progress.Track>
    </Progress.Root>
  );
}
