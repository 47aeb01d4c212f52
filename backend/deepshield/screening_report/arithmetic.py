"""The estimate computed again from the faces' logits, by the formulas of `result.Step` and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from deepshield.result import AnalysisResult, Step, StepKind

_TOLERANCE = 1e-6  # relative: a result carries seven digits


class _Chain:
    """Feeds what a step gives into the steps after it, in place of the numbers written there."""

    def __init__(self) -> None:
        self._bands: list[float] = []
        self._persons: list[float] = []
        self._file = math.nan

    def step(self, step: Step) -> float:
        """Compute one step from what those before it gave."""
        match step.kind:
            case StepKind.QUANTILE_BAND:
                self._bands.append(_weighted(step.inputs, step.weights))
                return self._bands[-1]
            case StepKind.STRONGEST_TRACE:
                self._bands = [_weighted(_replaced(step.inputs, self._bands), step.weights)]
                return self._bands[-1]
            case StepKind.PRESENCE:
                self._persons.append(_weighted(_replaced(step.inputs, self._bands[-1:]), step.weights))
                self._bands = []
                return self._persons[-1]
            case StepKind.MOST_SUSPICIOUS_PERSON:
                self._file = _weighted(_replaced(step.inputs, self._persons), step.weights)
                return self._file
            case StepKind.NUMBER_OF_PEOPLE:
                self._file = _corrected(self._file, step.parameters)
                return self._file
            case StepKind.CALIBRATION:
                return _calibrated(self._file, step.parameters)


def recomputed(steps: Sequence[Step]) -> list[float]:
    """Return every step's output, from the logits, the weights and the parameters alone.

    Raises KeyError, ValueError or ArithmeticError for steps that cannot be computed.
    """
    chain = _Chain()
    return [chain.step(step) for step in steps]


def disagreements(result: AnalysisResult) -> Iterator[str]:
    """Yield what of the result's arithmetic does not come out as it is written."""
    steps = result.aggregation_steps
    try:
        outputs = recomputed(steps)
    except (LookupError, ValueError, ArithmeticError) as error:
        yield f"the steps cannot be computed again: {type(error).__name__} {error}"
        return
    for place, (step, output) in enumerate(zip(steps, outputs, strict=True), 1):
        if not same(output, step.output):
            yield f"step {place} ({step.kind}) gives {output:.7g}, written is {step.output:.7g}"
    ends = dict(zip([step.kind for step in steps], outputs, strict=True))
    estimate = ends.get(StepKind.CALIBRATION)
    if result.final_score is not None and estimate is not None and not same(estimate, result.final_score):
        yield f"the estimate comes out as {estimate:.7g}, written is {result.final_score:.7g}"


def same(one: float, other: float) -> bool:
    """Return whether two numbers are equal but for rounding."""
    return math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _weighted(inputs: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(inputs, weights, strict=True))


def _replaced(inputs: Sequence[float], computed: Sequence[float]) -> list[float]:
    return [*computed, *inputs[len(computed) :]]


def _corrected(score: float, parameters: Mapping[str, float]) -> float:
    people, median, spread = (parameters[name] for name in ("people", "median", "spread"))
    z = (score - median) / spread
    # The logarithm of the share of people below the score: near zero the share itself keeps too few digits.
    below = -people * (math.log1p(math.exp(-z)) if z > 0 else math.log1p(math.exp(z)) - z)
    return median + spread * (below - math.log(-math.expm1(below)))


def _calibrated(score: float, parameters: Mapping[str, float]) -> float:
    x = parameters["slope"] * max(score, parameters["floor"]) + parameters["intercept"]
    return 1.0 / (1.0 + math.exp(-x))
