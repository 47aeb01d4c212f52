/** A step of the aggregation as the server wrote it, with this page's own sum. */
export type Step = {
  /** Server's name without the person, as "quantile band". */
  name: string;
  /** Letter of the person whom the step is about; null for the file's. */
  person: string | null;
  inputs: number[];
  weights: number[];
  parameters: Record<string, unknown>;
  /** The server's result. */
  output: number;
  /** Sum of inputs times weights, computed here. */
  sum: number;
};

export type Recomputation = {
  steps: Step[];
  /** The file's score, from the frames' scores and the weights alone; null when a step cannot be read. */
  final: number | null;
};

/**
 * Compute the aggregation again. A step's sum goes into the next one in place of the number written there, so that
 * the final score follows from the frames' scores and the weights alone. Steps that are not understood give no final.
 */
export function recompute(written: readonly Record<string, unknown>[]): Recomputation {
  const read = written.map(readStep);
  const steps: Step[] = [];
  const persons: number[] = [];
  for (const step of read) {
    if (step === null) return { steps, final: null };
    const before = steps.at(-1);
    const inputs = [...step.inputs];
    if (step.person === null) persons.forEach((sum, index) => (inputs[index] = sum));
    else if (before?.person === step.person) inputs[0] = before.sum;
    const sum = inputs.reduce((total, input, index) => total + input * (step.weights[index] ?? 0), 0);
    if (step.person !== null) {
      if (before?.person === step.person) persons[persons.length - 1] = sum;
      else persons.push(sum);
    }
    steps.push({ ...step, inputs, sum });
  }
  return { steps, final: steps.at(-1)?.sum ?? null };
}

/** Whether two scores are the same but for rounding: the document carries seven digits. */
export function same(one: number, other: number): boolean {
  return Math.abs(one - other) <= 1e-6 * Math.max(1, Math.abs(one), Math.abs(other));
}

/** The calibration that made the estimate of the score, where the server says it. */
export type Calibration = { slope: number; intercept: number; floor: number };

/** Read a calibration from a model's facts; null where it is not among them. */
export function readCalibration(facts: unknown): Calibration | null {
  if (!isRecord(facts)) return null;
  const { slope, intercept, floor } = facts;
  if (typeof slope !== "number" || typeof intercept !== "number" || typeof floor !== "number") return null;
  return { slope, intercept, floor };
}

/** Platt's scaling: the probability of manipulation, 0 to 1, that a score stands for. */
export function calibrated(score: number, { slope, intercept, floor }: Calibration): number {
  return 1 / (1 + Math.exp(-(slope * Math.max(score, floor) + intercept)));
}

function readStep(written: Record<string, unknown>): Omit<Step, "sum"> | null {
  const { name, inputs, weights, output, parameters } = written;
  if (typeof name !== "string" || typeof output !== "number") return null;
  if (!isNumbers(inputs) || !isNumbers(weights) || inputs.length !== weights.length) return null;
  const [, person, rest] = /^person (\w+): (.+)$/.exec(name) ?? [];
  return {
    name: rest ?? name,
    person: person ?? null,
    inputs,
    weights,
    output,
    parameters: isRecord(parameters) ? parameters : {},
  };
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "number");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
