"use client";

import { useFormatter, useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { percent } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";
import { estimateGiven } from "@/ui/verdict";

import { calibrationOf, recompute, same, type Step } from "./aggregation";

type Props = {
  result: AnalysisResult;
  /** Whether this page has made the result, without people whom the reader left out: the server has no such figures then. */
  reader?: boolean;
};

/** How the score came about, step by step, computed again on this page from the numbers that it shows. */
export function AggregationSteps({ result, reader = false }: Props) {
  const t = useTranslations("result.details");
  const { steps, final } = recompute(result.aggregation_steps);
  if (steps.length === 0) return null;
  const sums = steps.filter(({ kind }) => kind !== "calibration");
  const own = ({ person }: Step) => person === null || person === result.deciding_person;
  const others = sums.filter((step) => !own(step));
  return (
    <div className="flex flex-col gap-4">
      <p>{t("aggregationLead")}</p>
      <StepList steps={sums.filter(own)} {...{ result, reader }} />
      {others.length > 0 && (
        <details>
          <summary className="inline-flex min-h-11 items-center underline pointer-fine:min-h-6">
            {t("others", { count: new Set(others.map(({ person }) => person)).size })}
          </summary>
          <div className="mt-2">
            <StepList steps={others} {...{ result, reader }} />
          </div>
        </details>
      )}
      {final !== null && result.raw_logit !== null && (
        <p className="font-semibold">
          <Agreement made={reader} value={final} server={result.raw_logit} />
        </p>
      )}
      <CalibrationStep
        {...{ result, reader }}
        step={steps.find(({ kind }) => kind === "calibration") ?? null}
      />
    </div>
  );
}

function StepList({ steps, result, reader }: { steps: Step[]; result: AnalysisResult; reader: boolean }) {
  return (
    <ol className="flex flex-col gap-4">
      {steps.map((step) => (
        <li
          key={`${step.person}-${step.kind}-${step.trace}`}
          className="rounded-control border border-line p-3 sm:p-4"
        >
          <StepArithmetic
            step={step}
            times={frameTimes(result, step)}
            made={reader && step.person === null}
          />
        </li>
      ))}
    </ol>
  );
}

/** Times of the frames behind a step's inputs, in milliseconds; empty where the inputs are no frames. */
function frameTimes(result: AnalysisResult, step: Step): number[] {
  const track = result.tracks.find(({ person }) => person === step.person);
  const frames = step.kind === "quantile_band" && track?.faces.length === step.inputs.length;
  return frames ? track.faces.map((face) => face.timestamp_ms) : [];
}

function StepArithmetic({ step, times, made }: { step: Step; times: number[]; made: boolean }) {
  const t = useTranslations("result.details");
  const names = useInputNames(step, times);
  const { title, text } = useStepWords(step);
  return (
    <>
      <h4 className="font-semibold">{title}</h4>
      {text !== null && <p className="text-sm text-muted">{text}</p>}
      {step.kind === "number_of_people" ? (
        <NumberFormula step={step} />
      ) : step.inputs.length <= 3 ? (
        <Formula step={step} />
      ) : (
        <details className="mt-2 text-sm">
          <summary className="inline-flex min-h-11 items-center underline pointer-fine:min-h-6">
            {t("showInputs", { count: step.inputs.length })}
          </summary>
          <Inputs step={step} names={names} />
        </details>
      )}
      <p className="mt-1 text-sm">
        <Agreement made={made} value={step.sum} server={step.output} />
      </p>
    </>
  );
}

function Formula({ step }: { step: Step }) {
  const score = useScoreFormat();
  const terms = step.inputs.map((input, index) => `${score(step.weights[index] ?? 0)} × ${score(input)}`);
  return (
    <p className="mt-2 font-mono text-sm [overflow-wrap:anywhere]">
      {terms.join(" + ")} = {score(step.sum)}
    </p>
  );
}

function NumberFormula({ step }: { step: Step }) {
  const t = useTranslations("result.details.steps");
  const score = useScoreFormat();
  const { people = NaN, median = NaN, spread = NaN } = step.parameters;
  return (
    <p className="mt-2 font-mono text-sm [overflow-wrap:anywhere]">
      {t("numberFormula", {
        score: score(step.inputs[0] ?? NaN),
        people,
        median: score(median),
        spread: score(spread),
        result: score(step.sum),
      })}
    </p>
  );
}

function Inputs({ step, names }: { step: Step; names: string[] }) {
  const t = useTranslations("result.details");
  const score = useScoreFormat();
  return (
    <table className="mt-1 w-full max-w-xl">
      <thead>
        <tr className="text-left text-muted">
          <th />
          {(["input", "weight", "product"] as const).map((column) => (
            <th key={column} scope="col" className="py-1 pl-3 text-right font-medium">
              {t(column)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {step.inputs.map((input, index) => {
          const weight = step.weights[index] ?? 0;
          return (
            <tr key={index} className={`border-t border-line ${weight === 0 ? "text-muted" : ""}`}>
              <th scope="row" className="py-1 text-left font-normal">
                {names[index]}
              </th>
              {[input, weight, input * weight].map((value, column) => (
                <td key={column} className="py-1 pl-3 text-right">
                  {score(value)}
                </td>
              ))}
            </tr>
          );
        })}
        <tr className="border-t border-control font-semibold">
          <th scope="row" colSpan={3} className="py-1 text-left">
            {t("sum")}
          </th>
          <td className="py-1 pl-3 text-right">{score(step.sum)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function useInputNames(step: Step, times: number[]): string[] {
  const clock = useTimeText();
  const t = useTranslations("result.details.steps");
  return step.inputs.map((_, index) => {
    const time = times[index];
    return time === undefined ? String(index + 1) : t("frame", { time: clock(time) });
  });
}

function useStepWords(step: Step): { title: string; text: string | null } {
  const t = useTranslations("result.details");
  const { kind, parameters } = step;
  const letter = step.person ?? "";
  const number = (key: string) => parameters[key] ?? 0;
  switch (kind) {
    case "quantile_band": {
      const share = { low: percent(number("low")), high: percent(1 - number("high")) };
      return {
        title: step.trace ? t(`steps.bandOf.${step.trace}`, { letter }) : t("steps.band", { letter }),
        text: step.inputs.length > 1 ? t("steps.bandText", share) : null,
      };
    }
    case "strongest_trace":
      return { title: t("steps.strongest", { letter }), text: t("steps.strongestText") };
    case "presence": {
      const frames = { present: number("frames_present"), sampled: number("frames_sampled") };
      return { title: t("steps.presence", { letter }), text: t("steps.presenceText", frames) };
    }
    case "most_suspicious_person":
      return { title: t("steps.highest"), text: t("steps.highestText") };
    case "number_of_people":
      return { title: t("steps.number"), text: t("steps.numberText", { people: number("people") }) };
    case "calibration":
      return { title: t("calibration"), text: null };
  }
}

/** Whether a number is the server's; of those that this page has `made`, that it has. */
function Agreement({ made, value, server }: { made: boolean; value: number; server: number }) {
  const t = useTranslations("result.details");
  const score = useScoreFormat();
  const said = made ? "made" : same(value, server) ? "agree" : "disagree";
  return <>{t(said, { value: score(value), server: score(server) })}</>;
}

type CalibrationProps = { result: AnalysisResult; step: Step | null; reader: boolean };

/** How the score becomes the estimate; with its arithmetic where the server says it. */
function CalibrationStep({ result, step, reader }: CalibrationProps) {
  const t = useTranslations("result.details");
  const { raw_logit: logit, model } = result;
  const estimate = estimateGiven(result.verdict, result.final_score);
  const score = useScoreFormat();
  if (logit === null) return null;
  const shown = { logit: score(logit) };
  return (
    <div>
      <h4 className="font-semibold">{t("calibration")}</h4>
      {estimate === null ? (
        <p>{t("noEstimate", shown)}</p>
      ) : (
        <p>
          {t("calibrationText", { ...shown, estimate: percent(estimate), rate: percent(model.base_rate) })}
        </p>
      )}
      {step !== null && estimate !== null && <CalibrationArithmetic step={step} made={reader} />}
    </div>
  );
}

function CalibrationArithmetic({ step, made }: { step: Step; made: boolean }) {
  const t = useTranslations("result.details");
  const score = useScoreFormat();
  const { slope, intercept, floor } = calibrationOf(step);
  return (
    <>
      <p className="mt-2 font-mono text-sm [overflow-wrap:anywhere]">
        {t("calibrationFormula", {
          logit: score(step.inputs[0] ?? NaN),
          slope: score(slope),
          intercept: score(intercept),
          floor: score(floor),
          result: score(step.sum),
        })}
      </p>
      <p className="mt-1 text-sm">
        <Agreement made={made} value={step.sum} server={step.output} />
      </p>
    </>
  );
}

/** Scores with four decimals: what is shown adds up to within the last of them. */
function useScoreFormat(): (value: number) => string {
  const format = useFormatter();
  return (value) =>
    format.number(value, { minimumFractionDigits: 4, maximumFractionDigits: 4, signDisplay: "negative" });
}
