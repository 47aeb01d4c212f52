import type { AnalysisResult, Label, Person, ReasonCode } from "@/api/schema";
import { mayDecide, median } from "@/result/people/people";
import { calibrated, correctedForNumber, type Calibration } from "@/result/trust/aggregation";

type Step = AnalysisResult["aggregation_steps"][number];

/** Estimates from here on, with their whole range above the threshold, are "strong", as `domain/wording.py` has it. */
const STRONG = 0.9;
/** The least share of the area of the person seen most that lets one decide, as bundles have it; a policy may ask for more. */
const LEAST_SHARE = 0.01;
/** A detection from here on is sure; who has none needs more of a video's frames, as `detector.ruling` has it. */
const SURE_FACE = 0.999;
const DOUBTFUL_SHARE = 0.2;
/** Standard deviations between an estimate and either end of its 90 % range. */
const Z90 = 1.645;

/** What a result is computed again with. */
type Rules = {
  calibration: Calibration;
  /** How many people may decide now. */
  people: number;
  /** How many might before, with the constants of the correction; null where nothing was corrected. */
  before: { people: number; median: number; spread: number } | null;
};

/** Whether a result says what is needed to compute it without some of its people. */
export function canBeComputedAgain({ model, tracks }: AnalysisResult): boolean {
  return model.calibration !== null && tracks.every(({ verdict }) => verdict !== null);
}

/**
 * A result as it would be had these people not been found, by the server's own arithmetic: the most suspicious of those
 * others who may decide does, corrected for their number. What is not said in the result (strength of evidence) is left
 * out, and texts that only the server words are empty.
 */
export function withoutPersons(result: AnalysisResult, letters: readonly string[]): AnalysisResult {
  const left = presentAmong(
    result.tracks.filter(({ person }) => !letters.includes(person)),
    result,
  );
  const { calibration } = result.model;
  if (left.length === result.tracks.length || calibration === null) return result;
  const timeline = result.timeline.map(({ timestamp_ms, scores }) => ({
    timestamp_ms,
    scores: Object.fromEntries(Object.entries(scores).filter(([letter]) => !letters.includes(letter))),
  }));
  const rest: AnalysisResult = {
    ...result,
    timeline,
    faces: left.reduce((count, { faces }) => count + faces.length, 0),
    frames_with_face: timeline.filter(({ scores }) => Object.keys(scores).length > 0).length,
    top_k_suspicious: result.top_k_suspicious.filter(({ person }) => !letters.includes(person)),
    strength: null,
    score_interpretation: "",
    advice: "",
  };
  if (left.length === 0)
    return noFace(
      rest,
      result.tracks.some((person) => has(person, "damaged_media")),
    );
  const deciding = left.filter(mayDecide);
  const rules = { calibration, people: deciding.length, before: correctionOf(result) };
  return concluded(
    rest,
    left.map((person) => judged(person, result, rules)),
    rules,
  );
}

function has({ reasons }: Person, wanted: ReasonCode): boolean {
  return reasons.some(({ code }) => code === wanted);
}

/**
 * These people, with the reason that they are seen too little beside others where that holds now, by the rule of
 * `detector.ruling.deciding`: beside smaller ones somebody may decide, and where nobody may, everybody does. A result does
 * not say what share a policy asks for; under one, whose share was too small still may not beside those who do.
 */
function presentAmong(left: readonly Person[], { policy, media, frames_sampled }: AnalysisResult): Person[] {
  const most = Math.max(...left.map(areaOf));
  const enough = (person: Person) =>
    !has(person, "too_few_frames") &&
    !has(person, "faces_too_small") &&
    !(media.type === "video" && isDoubtful(person, frames_sampled)) &&
    (mayDecide(person) || (!policy && areaOf(person) >= LEAST_SHARE * most));
  const nobody = !left.some(enough);
  const code = "seen_too_little";
  return left.map((person) => {
    if (nobody || enough(person))
      return { ...person, reasons: person.reasons.filter((reason) => reason.code !== code) };
    return mayDecide(person) ? { ...person, reasons: [...person.reasons, { code, message: "" }] } : person;
  });
}

/** Whether somebody may be no face: never a sure one, and in too few frames of a video. */
function isDoubtful({ faces }: Person, sampled: number): boolean {
  const sure = faces.some(({ detection_confidence }) => detection_confidence >= SURE_FACE);
  return !sure && faces.length < DOUBTFUL_SHARE * sampled;
}

/** The area of a person's faces over all frames, in square pixels. */
function areaOf({ faces }: Person): number {
  return faces.length * (median(faces.map((face) => face.size_px)) ?? 0) ** 2;
}

function correctionOf({ aggregation_steps }: AnalysisResult): Rules["before"] {
  const step = aggregation_steps.find(({ kind }) => kind === "number_of_people");
  if (step === undefined) return null;
  const { people = NaN, median = NaN, spread = NaN } = step.parameters;
  return { people, median, spread };
}

/** The result where nobody is left; where too much is damaged, that says nothing, as in `detector.calibrate.decide`. */
function noFace(rest: AnalysisResult, damaged: boolean): AnalysisResult {
  const reasons: ReasonCode[] = damaged ? ["damaged_media", "no_face"] : ["no_face"];
  return {
    ...rest,
    verdict: damaged ? "inconclusive" : "no_face",
    confidence_label: damaged ? "weak" : "no_face",
    final_score: null,
    raw_logit: null,
    interval: null,
    predicted_manipulation: null,
    low_confidence: true,
    low_confidence_reason: reasons[0] ?? null,
    reasons: reasons.map((code) => ({ code, message: "" })),
    deciding_person: null,
    trace: null,
    frames_used_for_score: 0,
    aggregation_steps: [],
    tracks: [],
  };
}

/** A person's verdict by their own faces, corrected for the number of people that are left. */
function judged(person: Person, result: AnalysisResult, rules: Rules): Person {
  if (person.final_score === null) return person; // too weak however many others there are
  const estimate = calibrated(correctedLogit(person, rules.people, rules), rules.calibration);
  const interval = rangeOf(person, rules);
  const verdict = verdictOf(estimate, interval, result, person.reasons);
  const beside = person.reasons.filter(({ code }) => code === "seen_too_little");
  return { ...person, final_score: estimate, interval, ...verdict, reasons: [...verdict.reasons, ...beside] };
}

function correctedLogit({ logit }: Person, people: number, { before }: Rules): number {
  return before === null || people < 2 ? logit : correctedForNumber(logit, { ...before, people });
}

/** The standard error of a person's score, from the upper end of the range that the server gave. */
function errorOf(person: Person, rules: Rules): number | null {
  const [, high] = person.interval ?? [];
  if (high === undefined || high >= 1) return null;
  const { slope, intercept, floor } = rules.calibration;
  const score = (Math.log(high / (1 - high)) - intercept) / slope;
  if (score <= floor + 1e-6) return null; // at the floor every error gives the same range
  return Math.max(0, (score - correctedLogit(person, rules.before?.people ?? 1, rules)) / Z90);
}

function rangeOf(person: Person, rules: Rules): [number, number] | null {
  const error = errorOf(person, rules);
  if (error === null) return null;
  const middle = correctedLogit(person, rules.people, rules);
  return [
    calibrated(middle - Z90 * error, rules.calibration),
    calibrated(middle + Z90 * error, rules.calibration),
  ];
}

type Verdict = Pick<Person, "verdict" | "confidence_label" | "reasons">;

/** The verdict on an estimate; its reason in the words of `said`, where the server has given it there. */
function verdictOf(
  estimate: number,
  interval: [number, number] | null,
  result: AnalysisResult,
  said: Person["reasons"],
): Verdict {
  const [low = 0, high = 0] = result.abstain_band;
  const because = (code: ReasonCode) => [
    said.find((reason) => reason.code === code) ?? { code, message: "" },
  ];
  if (low < estimate && estimate < high)
    return { verdict: "inconclusive", confidence_label: "unclear", reasons: because("in_abstain_band") };
  if (estimate >= result.decision_threshold) {
    const above = interval === null || interval[0] > result.decision_threshold;
    const label: Label = estimate >= STRONG && above ? "strong" : "signs";
    return { verdict: "manipulated", confidence_label: label, reasons: because("above_threshold") };
  }
  const bound = result.none_below ?? null;
  const none = bound !== null && (interval?.[1] ?? estimate) <= bound;
  return {
    verdict: "no_signs",
    confidence_label: none ? "none" : "not_flagged",
    reasons: because("below_threshold"),
  };
}

function concluded(rest: AnalysisResult, tracks: Person[], rules: Rules): AnalysisResult {
  const deciding = tracks.filter(mayDecide);
  const top = deciding.reduce((highest, one) => (one.logit > highest.logit ? one : highest));
  const logit = correctedLogit(top, rules.people, rules);
  const estimate = calibrated(logit, rules.calibration);
  const interval = rangeOf(top, rules);
  const weak = top.final_score === null;
  // Somebody hardly seen, whose score raises no suspicion, does not withhold the verdict that others carry.
  const carried = deciding.some(({ final_score }) => final_score !== null);
  const withheld = weak && !(carried && estimate <= (rest.abstain_band[0] ?? 0));
  const verdict = withheld
    ? { verdict: "inconclusive" as const, confidence_label: "weak" as const, reasons: top.reasons }
    : verdictOf(estimate, interval, rest, top.person === rest.deciding_person ? rest.reasons : []);
  const decided = verdict.verdict === "inconclusive" ? null : verdict.verdict === "manipulated";
  return {
    ...rest,
    tracks,
    verdict: verdict.verdict ?? "inconclusive",
    confidence_label: verdict.confidence_label ?? "weak",
    reasons: verdict.reasons,
    final_score: withheld ? null : estimate,
    raw_logit: logit,
    interval,
    predicted_manipulation: decided,
    low_confidence: decided === null,
    low_confidence_reason: decided === null ? (verdict.reasons[0]?.code ?? null) : null,
    deciding_person: top.person,
    trace: top.trace ?? null,
    frames_used_for_score: top.faces.length,
    aggregation_steps: stepsOf(rest, tracks, top, rules, withheld ? null : estimate),
  };
}

/** The steps of those who are left, and the file's own made anew. */
function stepsOf(
  { aggregation_steps: written }: AnalysisResult,
  tracks: readonly Person[],
  top: Person,
  rules: Rules,
  estimate: number | null,
): Step[] {
  const own = written.filter(({ person }) => tracks.some((track) => track.person === person));
  const finals = own.filter(({ kind }) => kind === "presence");
  const steps = [...own];
  const made = (kind: Step["kind"], inputs: number[], output: number, parameters = {}): Step => ({
    kind,
    person: null,
    inputs,
    weights: [],
    output,
    parameters,
    trace: null,
  });
  steps.push({
    ...made(
      "most_suspicious_person",
      finals.map(({ output }) => output),
      top.logit,
    ),
    weights: finals.map(({ person }) => (person === top.person ? 1 : 0)),
  });
  const logit = correctedLogit(top, rules.people, rules);
  if (rules.before !== null && rules.people > 1)
    steps.push(made("number_of_people", [top.logit], logit, { ...rules.before, people: rules.people }));
  if (estimate !== null) steps.push(made("calibration", [logit], estimate, { ...rules.calibration }));
  return steps;
}
