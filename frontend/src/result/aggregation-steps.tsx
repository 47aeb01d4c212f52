"use client";

import { useFormatter, useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { clock, percent } from "@/i18n/format";

import { calibrated, readCalibration, recompute, same, type Step } from "./aggregation";

/** How the score came about, step by step, computed again on this page from the numbers that it shows. */
export function AggregationSteps({ result }: { result: AnalysisResult }) {
  const t = useTranslations("result.details");
  const { steps, final } = recompute(result.aggregation_steps ?? []);
  if (steps.length === 0) return null;
  const own = ({ person }: Step) => person === null || person === result.deciding_person;
  const others = steps.filter((step) => !own(step));
  return (
    <div className="flex flex-col gap-4">
      <p>{t("aggregationLead")}</p>
      <StepList steps={steps.filter(own)} result={result} />
      {others.length > 0 && (
        <details>
          <summary className="inline-flex min-h-11 items-center underline pointer-fine:min-h-6">
            {t("others", { count: new Set(others.map(({ person }) => person)).size })}
          </summary>
          <div className="mt-2">
            <StepList steps={others} result={result} />
          </div>
        </details>
      )}
      <Agreement final={final} written={result.raw_logit} />
      <CalibrationStep result={result} />
    </div>
  );
}

function StepList({ steps, result }: { steps: Step[]; result: AnalysisResult }) {
  return (
    <ol className="flex flex-col gap-4">
      {steps.map((step) => (
        <li key={`${step.person}-${step.name}`} className="rounded-control border border-line p-3 sm:p-4">
          <StepArithmetic step={step} times={frameTimes(result, step)} />
        </li>
      ))}
    </ol>
  );
}

/** Times of the frames behind a step's inputs, in milliseconds; empty where the inputs are no frames. */
function frameTimes(result: AnalysisResult, step: Step): (number | null)[] {
  const track = result.tracks.find(({ person }) => person === step.person);
  const frames = step.name === "quantile band" && track?.faces.length === step.inputs.length;
  return frames ? track.faces.map((face) => face.timestamp_ms) : [];
}

function StepArithmetic({ step, times }: { step: Step; times: (number | null)[] }) {
  const t = useTranslations("result.details");
  const score = useScoreFormat();
  const names = useInputNames(step, times);
  const { title, text } = useStepWords(step);
  return (
    <>
      <h4 className="font-semibold">{title}</h4>
      {text !== null && <p className="text-sm text-muted">{text}</p>}
      {step.inputs.length <= 3 ? (
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
        {t(same(step.sum, step.output) ? "agree" : "disagree", {
          value: score(step.sum),
          server: score(step.output),
        })}
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

function useInputNames(step: Step, times: (number | null)[]): string[] {
  const t = useTranslations("result.details.steps");
  return step.inputs.map((_, index) => {
    const time = times[index];
    return time === undefined || time === null ? String(index + 1) : t("frame", { time: clock(time) });
  });
}

function useStepWords(step: Step): { title: string; text: string | null } {
  const t = useTranslations("result.details.steps");
  const { name, parameters } = step;
  const letter = step.person ?? "";
  const number = (key: string) => (typeof parameters[key] === "number" ? parameters[key] : 0);
  if (name === "quantile band" && step.person !== null) {
    const text =
      step.inputs.length > 1
        ? t("bandText", { low: percent(number("low")), high: percent(1 - number("high")) })
        : null;
    return { title: t("band", { letter }), text };
  }
  if (name === "presence" && step.person !== null)
    return {
      title: t("presence", { letter }),
      text: t("presenceText", { present: number("frames_present"), sampled: number("frames_sampled") }),
    };
  if (name === "most suspicious person") return { title: t("highest"), text: t("highestText") };
  return { title: name, text: null };
}

function Agreement({ final, written }: { final: number | null; written: number | null }) {
  const t = useTranslations("result.details");
  const score = useScoreFormat();
  if (final === null || written === null) return null;
  return (
    <p className="font-semibold">
      {t(same(final, written) ? "agree" : "disagree", { value: score(final), server: score(written) })}
    </p>
  );
}

function CalibrationStep({ result }: { result: AnalysisResult }) {
  const t = useTranslations("result.details");
  const score = useScoreFormat();
  const { raw_logit: logit, final_score: estimate, model } = result;
  if (logit === null) return null;
  const calibration = readCalibration(model.calibration);
  const shown = { logit: score(logit) };
  return (
    <div>
      <h4 className="font-semibold">{t("calibration")}</h4>
      {estimate === null ? (
        <p>{t("noEstimate", shown)}</p>
      ) : (
        <p>
          {t("calibrationText", {
            ...shown,
            estimate: percent(estimate),
            rate: model.base_rate === null ? "-" : percent(model.base_rate),
          })}
        </p>
      )}
      {calibration !== null && estimate !== null && (
        <p className="mt-2 font-mono text-sm [overflow-wrap:anywhere]">
          {t("calibrationFormula", {
            ...shown,
            slope: score(calibration.slope),
            intercept: score(calibration.intercept),
            floor: score(calibration.floor),
            result: score(calibrated(logit, calibration)),
          })}
        </p>
      )}
    </div>
  );
}

/** Scores with four decimals: what is shown adds up to within the last of them. */
function useScoreFormat(): (value: number) => string {
  const format = useFormatter();
  return (value) =>
    format.number(value, { minimumFractionDigits: 4, maximumFractionDigits: 4, signDisplay: "negative" });
}
