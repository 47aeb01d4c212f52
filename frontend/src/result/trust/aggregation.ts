import type { Step as Written } from "@/api/schema";

/** A step of the aggregation as the server wrote it, with this page's own result. */
export type Step = Written & {
  /** What `output` should be, computed here. */
  sum: number;
};

export type Recomputation = {
  steps: Step[];
  /** The file's score, from the frames' scores and the weights alone; null without steps. */
  final: number | null;
  /** The estimate from that score; null where the server makes none. */
  estimate: number | null;
};

/**
 * Compute the aggregation again. A step's result goes into the next one in place of the number written there, so that
 * the final score and the estimate follow from the frames' scores, the weights and the calibration alone.
 */
export function recompute(written: readonly Written[]): Recomputation {
  const steps: Step[] = [];
  const persons: number[] = [];
  /** Of the person whose steps are computed: one for each trace, then the strongest alone. */
  let bands: number[] = [];
  let final: number | null = null;
  let estimate: number | null = null;
  for (const step of written) {
    const inputs = [...step.inputs];
    let sum: number;
    switch (step.kind) {
      case "quantile_band":
        sum = weighted(inputs, step.weights);
        bands.push(sum);
        break;
      case "strongest_trace":
        bands.forEach((score, index) => (inputs[index] = score));
        sum = weighted(inputs, step.weights);
        bands = [sum];
        break;
      case "presence":
        inputs[0] = bands.at(-1) ?? NaN;
        sum = weighted(inputs, step.weights);
        persons.push(sum);
        bands = [];
        break;
      case "most_suspicious_person":
        persons.forEach((score, index) => (inputs[index] = score));
        sum = final = weighted(inputs, step.weights);
        break;
      case "number_of_people":
        inputs[0] = final ?? NaN;
        sum = final = correctedForNumber(inputs[0], step.parameters);
        break;
      case "calibration":
        inputs[0] = final ?? NaN;
        sum = estimate = calibrated(inputs[0], calibrationOf(step));
        break;
    }
    steps.push({ ...step, inputs, sum });
  }
  return { steps, final, estimate };
}

/** Whether two scores are the same but for rounding: the result carries seven digits. */
export function same(one: number, other: number): boolean {
  return Math.abs(one - other) <= 1e-6 * Math.max(1, Math.abs(one), Math.abs(other));
}

/** The constants that make the estimate of the score. */
export type Calibration = { slope: number; intercept: number; floor: number };

/** The constants of a calibration step; not a number where one is missing, so that nothing agrees with it. */
export function calibrationOf({ parameters }: Written): Calibration {
  const { slope = NaN, intercept = NaN, floor = NaN } = parameters;
  return { slope, intercept, floor };
}

/** The score that is as rare for one unmanipulated person as `score` is for the highest of several. */
export function correctedForNumber(score: number, parameters: Written["parameters"]): number {
  const { people = NaN, median = NaN, spread = NaN } = parameters;
  const z = (score - median) / spread;
  // The logarithm of the share of people below the score: near zero the share itself keeps too few digits.
  const below = -people * (z > 0 ? Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z)) - z);
  return median + spread * (below - Math.log(-Math.expm1(below)));
}

/** Platt's scaling: the probability of manipulation, 0 to 1, that a score stands for. */
export function calibrated(score: number, { slope, intercept, floor }: Calibration): number {
  return 1 / (1 + Math.exp(-(slope * Math.max(score, floor) + intercept)));
}

function weighted(inputs: readonly number[], weights: readonly number[]): number {
  return inputs.reduce((total, input, index) => total + input * (weights[index] ?? NaN), 0);
}
