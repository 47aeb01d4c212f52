"""The rules by which frames become a person's score and persons the file's."""

from __future__ import annotations

import itertools
import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.aggregate import (
    AggregationRule,
    PersonScore,
    band_weights,
    corrected,
    face_weight,
    number_step,
    score_file,
    score_person,
)
from detector.contracts import StepKind, Trace

RULE = AggregationRule()
LOGIT = st.floats(-12.0, 12.0)
WEIGHT = st.floats(0.05, 1.0)
FRAMES = st.lists(st.tuples(LOGIT, WEIGHT), min_size=1, max_size=70)
# Ten thousand cases take minutes; `make fuzz` tries them.
MANY = settings(max_examples=10_000 if "FUZZ" in os.environ else 400, deadline=None)


def person(frames: list[tuple[float, float]], sampled: int | None = None) -> float:
    logits, weights = [f[0] for f in frames], [f[1] for f in frames]
    return scored(logits, weights, sampled or max(32, len(frames))).logit


def scored(logits: list[float], weights: list[float], sampled: int) -> PersonScore:
    return score_person([(x,) for x in logits], weights, sampled, RULE, 1.0, (Trace.BLENDING,))


@MANY
@given(FRAMES, st.data())
def test_lowering_a_face_never_raises_the_person(
    frames: list[tuple[float, float]], data: st.DataObject
) -> None:
    which = data.draw(st.integers(0, len(frames) - 1))
    drop = data.draw(st.floats(0.0, 20.0))
    lowered = [(x - drop, w) if i == which else (x, w) for i, (x, w) in enumerate(frames)]
    assert person(lowered) <= person(frames) + 1e-9


@MANY
@given(FRAMES, st.randoms(use_true_random=False))
def test_order_does_not_matter(frames: list[tuple[float, float]], random: object) -> None:
    shuffled = list(frames)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert person(shuffled) == pytest.approx(person(frames), abs=1e-9)


@MANY
@given(FRAMES)
def test_a_person_lies_within_their_frames_and_the_authentic_level(frames: list[tuple[float, float]]) -> None:
    logits = [f[0] for f in frames] + [RULE.authentic_logit]
    assert min(logits) - 1e-9 <= person(frames) <= max(logits) + 1e-9


@MANY
@given(st.lists(LOGIT, min_size=1, max_size=60), LOGIT)
def test_one_more_frame_moves_the_score_by_its_share_at_most(logits: list[float], extra: float) -> None:
    """No step at any number of frames: the bound falls as 1/n and holds for every n."""
    before = scored(logits, [1.0] * len(logits), 64).logit
    after = scored([*logits, extra], [1.0] * (len(logits) + 1), 64).logit
    reach = max([*logits, extra, RULE.authentic_logit]) - min([*logits, extra, RULE.authentic_logit])
    share = 2.0 / ((RULE.high - RULE.low) * (len(logits) + 1))
    assert abs(after - before) <= reach * share + 1e-9


@MANY
@given(FRAMES, st.data())
def test_a_small_change_of_a_weight_is_a_small_change_of_the_score(
    frames: list[tuple[float, float]], data: st.DataObject
) -> None:
    which = data.draw(st.integers(0, len(frames) - 1))
    nudged = [(x, w + 1e-6) if i == which else (x, w) for i, (x, w) in enumerate(frames)]
    assert person(nudged) == pytest.approx(person(frames), abs=1e-2)


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_a_few_bad_frames_in_32_do_not_decide(bad: int) -> None:
    clean = [(-3.0, 1.0)] * (32 - bad)
    assert person([*clean, *[(9.0, 1.0)] * bad]) < -2.9


def test_a_person_seen_in_every_frame_is_not_drawn_anywhere() -> None:
    assert person([(2.0, 1.0)] * 32) == pytest.approx(2.0)
    assert scored([2.0], [1.0], 1).logit == pytest.approx(2.0)


def test_a_rarely_seen_person_is_drawn_towards_the_authentic_level_without_a_step() -> None:
    scores = [person([(4.0, 1.0)] * n, sampled=32) for n in range(1, 33)]
    assert scores == sorted(scores)
    assert RULE.authentic_logit < scores[0] < scores[-1] == pytest.approx(4.0)
    rises = [b - a for a, b in itertools.pairwise(scores)]
    assert rises == sorted(rises, reverse=True), "each further frame matters less than the one before"


def test_every_step_can_be_recomputed_from_its_record() -> None:
    rng = np.random.default_rng(3)
    result = scored(rng.normal(size=9).tolist(), rng.uniform(0.1, 1, 9).tolist(), 32)
    for step in result.steps:
        assert np.dot(step.inputs, step.weights) == pytest.approx(step.output)
        assert sum(step.weights) == pytest.approx(1.0)
    assert result.steps[-1].output == pytest.approx(result.logit)
    assert result.steps[1].inputs[0] == pytest.approx(result.steps[0].output)


BOTH = (Trace.BLENDING, Trace.GENERATION)


def test_the_larger_of_two_traces_speaks_for_the_person() -> None:
    frames = [(0.5, 2.0), (1.5, 3.0), (1.0, -2.0), (0.0, 4.0)]
    both = score_person(frames, [1.0] * 4, 8, RULE, 1.0, BOTH)
    alone = [scored([frame[i] for frame in frames], [1.0] * 4, 8) for i in (0, 1)]
    assert both.trace is Trace.GENERATION
    assert both.logits == (alone[0].logit, alone[1].logit)
    assert (both.logit, both.standard_error) == (alone[1].logit, alone[1].standard_error)
    *bands, strongest, presence = both.steps
    assert [(step.kind, step.trace) for step in both.steps] == [
        (StepKind.QUANTILE_BAND, Trace.BLENDING),
        (StepKind.QUANTILE_BAND, Trace.GENERATION),
        (StepKind.STRONGEST_TRACE, Trace.GENERATION),
        (StepKind.PRESENCE, None),
    ]
    assert strongest.inputs == tuple(band.output for band in bands)
    assert strongest.weights == (0.0, 1.0)
    assert np.dot(strongest.inputs, strongest.weights) == strongest.output == presence.inputs[0]


def test_of_equal_traces_the_first_speaks() -> None:
    both = score_person([(1.0, 1.0)] * 3, [1.0] * 3, 3, RULE, 1.0, BOTH)
    assert both.trace is Trace.BLENDING


def test_a_lone_trace_has_no_step_of_its_own() -> None:
    steps = scored([1.0, 2.0], [1.0, 1.0], 2).steps
    assert [(step.kind, step.trace) for step in steps] == [
        (StepKind.QUANTILE_BAND, None),
        (StepKind.PRESENCE, None),
    ]


def test_logits_of_other_traces_are_refused() -> None:
    with pytest.raises(ValueError, match="of 1 traces, not of 2"):
        score_person([(1.0,)], [1.0], 1, RULE, 1.0, BOTH)


@MANY
@given(st.lists(st.tuples(LOGIT, LOGIT, WEIGHT), min_size=1, max_size=40), st.data())
def test_raising_a_trace_of_a_face_never_lowers_the_person(
    frames: list[tuple[float, float, float]], data: st.DataObject
) -> None:
    weights = [weight for _, _, weight in frames]
    logits = [[a, b] for a, b, _ in frames]
    before = score_person(logits, weights, 40, RULE, 1.0, BOTH).logit
    which, trace = data.draw(st.integers(0, len(frames) - 1)), data.draw(st.integers(0, 1))
    logits[which][trace] += data.draw(st.floats(0.0, 20.0))
    assert score_person(logits, weights, 40, RULE, 1.0, BOTH).logit >= before - 1e-9


def test_the_file_is_as_suspicious_as_its_most_suspicious_person() -> None:
    step = score_file([-2.0, 1.5, 0.3])
    assert step.output == 1.5
    assert step.weights == (0.0, 1.0, 0.0)
    assert np.dot(step.inputs, step.weights) == step.output


@MANY
@given(st.lists(LOGIT, min_size=1, max_size=8), st.data())
def test_lowering_a_person_never_raises_the_file(persons: list[float], data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(persons) - 1))
    lowered = [x - data.draw(st.floats(0, 9)) if i == which else x for i, x in enumerate(persons)]
    assert score_file(lowered).output <= score_file(persons).output


def test_only_those_who_may_decide_are_compared() -> None:
    step = score_file([-2.0, 1.5, 0.3], [True, False, True])
    assert step.output == 0.3
    assert step.weights == (0.0, 0.0, 1.0)
    assert step.inputs == (-2.0, 1.5, 0.3)


@given(LOGIT)
def test_one_person_is_not_corrected(logit: float) -> None:
    assert corrected(logit, 1, RULE) == logit


@MANY
@given(st.floats(-60.0, 60.0), st.floats(0.0, 20.0), st.integers(2, 300))
def test_the_correction_rises_with_the_score_and_falls_with_the_number(
    logit: float, more: float, people: int
) -> None:
    assert corrected(logit, people, RULE) <= corrected(logit + more, people, RULE) + 1e-9
    assert corrected(logit, people + 1, RULE) <= corrected(logit, people, RULE) + 1e-9
    assert corrected(logit, 2, RULE) <= logit


@pytest.mark.parametrize("logit", [-1e6, 1e6])
def test_the_correction_is_finite_however_far_out(logit: float) -> None:
    assert math.isfinite(corrected(logit, 60, RULE))


@pytest.mark.parametrize("people", [1, 5, 20, 60])
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.1])
def test_the_rate_of_false_alarms_does_not_depend_on_the_number_of_people(people: int, rate: float) -> None:
    rule = AggregationRule(authentic_median=-1.5, authentic_spread=0.9)
    threshold = rule.authentic_median + rule.authentic_spread * math.log((1.0 - rate) / rate)
    rng = np.random.default_rng(people)
    files = rng.logistic(rule.authentic_median, rule.authentic_spread, (20_000, people))
    flagged = np.mean([corrected(top, people, rule) > threshold for top in files.max(axis=1).tolist()])
    assert flagged == pytest.approx(rate, abs=0.25 * rate)


def test_the_correction_can_be_recomputed_from_its_record() -> None:
    step = number_step(1.5, 7, RULE)
    rule = step.parameters
    share = (1.0 / (1.0 + math.exp(-(step.inputs[0] - rule["median"]) / rule["spread"]))) ** rule["people"]
    assert step.output == pytest.approx(rule["median"] + rule["spread"] * math.log(share / (1.0 - share)))


def test_band_weights_cut_both_ends() -> None:
    shares = band_weights(np.asarray([5.0, 1.0, 3.0, 2.0, 4.0]), np.ones(5), 0.2, 0.8)
    assert shares == pytest.approx([0, 0, 1 / 3, 1 / 3, 1 / 3])


def test_more_faces_give_a_smaller_error() -> None:
    few = scored([0.0, 1.0, 0.5], [1.0] * 3, 32).standard_error
    many = scored([0.0, 1.0, 0.5] * 10, [1.0] * 30, 32).standard_error
    assert many < few


def test_faces_that_show_less_weigh_less() -> None:
    best = face_weight(120, 0.5, 0.99)
    assert best == 1.0
    for worse in (face_weight(40, 0.5, 0.99), face_weight(120, 0.15, 0.99), face_weight(120, 0.5, 0.8)):
        assert 0.05 <= worse < best
    assert face_weight(1, 0.0, 0.1) == 0.05
