"""The rules of review and of labels, and figures of agreement against published examples."""

from __future__ import annotations

import itertools
import uuid

import pytest

from deepshield.domain.agreement import agreement
from deepshield.domain.jobs import Verdict
from deepshield.domain.labels import Grade, Kind, Value
from deepshield.domain.reviews import (
    PRIORITY,
    SAMPLED_WITH,
    Decision,
    Reading,
    Reason,
    decide,
    doubt,
    drawn,
    is_read_twice,
    traces_disagree,
)
from deepshield.domain.wording import Trace

pytestmark = pytest.mark.unit


def test_kappa_and_its_interval_are_those_of_the_textbook() -> None:
    # Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, table 18.1: two diagnoses
    # of 100 people; kappa .676, standard error .088, 95 % interval .50 to .85.
    table = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
    cells = itertools.product(range(3), range(3))
    found = agreement([(row, column) for row, column in cells for _ in range(table[row][column])])
    assert (found.pairs, found.agreed, found.share) == (100, 89, 0.89)
    assert found.kappa == pytest.approx(0.676, abs=5e-4)
    assert found.kappa_interval == pytest.approx((0.50, 0.85), abs=5e-3)
    # Wilson's interval of 89 in 100, as tables of it have it.
    assert found.share_interval == pytest.approx((0.814, 0.937), abs=5e-4)


def test_agreement_of_few_or_uniform_answers_claims_nothing() -> None:
    assert agreement([]).share is None
    same = agreement([(Value.AUTHENTIC, Value.AUTHENTIC)] * 9)
    assert (same.share, same.kappa, same.kappa_interval) == (1.0, None, None)
    lone = agreement([(Value.AUTHENTIC, Value.MANIPULATED)])
    assert (lone.kappa, lone.kappa_interval) == (0.0, None)
    # No better than chance: kappa 0, whatever the share.
    chance = agreement([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")] * 5)
    assert chance.kappa == pytest.approx(0.0)


def test_tasks_are_taken_in_the_order_of_their_reasons() -> None:
    assert sorted(Reason, key=PRIORITY.__getitem__) == [
        Reason.DISPUTE,
        Reason.ASKED,
        Reason.FLIPPED,
        Reason.USER_FEEDBACK,
        Reason.IN_BAND,
        Reason.DETECTORS_DISAGREE,
        Reason.UNLIKE_TEST_MEDIA,
        Reason.SAMPLED_NEGATIVE,
        Reason.SAMPLED_POSITIVE,
    ]


@pytest.mark.parametrize(
    ("verdict", "reasons", "disagree", "expected"),
    [
        (Verdict.INCONCLUSIVE, ["in_abstain_band"], False, Reason.IN_BAND),
        (Verdict.INCONCLUSIVE, ["in_abstain_band", "too_blurred"], True, Reason.IN_BAND),
        (Verdict.INCONCLUSIVE, ["unstable_scores"], False, Reason.IN_BAND),
        (Verdict.INCONCLUSIVE, ["too_blurred"], False, Reason.UNLIKE_TEST_MEDIA),
        (Verdict.MANIPULATED, ["above_threshold"], True, Reason.DETECTORS_DISAGREE),
        (Verdict.MANIPULATED, ["above_threshold"], False, None),
        (Verdict.NO_SIGNS, ["below_threshold", "too_blurred"], False, None),
        (Verdict.NO_SIGNS, ["below_threshold", "unlike_test_media"], False, Reason.UNLIKE_TEST_MEDIA),
        (Verdict.NO_FACE, ["no_face"], False, None),
    ],
)
def test_a_result_is_put_up_for_one_reason_at_most(
    verdict: Verdict, reasons: list[str], disagree: bool, expected: Reason | None
) -> None:
    assert doubt(verdict, reasons, disagree) is expected


def test_traces_disagree_when_one_would_be_flagged_and_the_other_is_no_evidence() -> None:
    def of(blending: float, generation: float) -> dict[Trace, float]:
        return {Trace.BLENDING: blending, Trace.GENERATION: generation}

    assert traces_disagree([of(0.4, 0.4), of(0.9, 0.3)], threshold=0.8, base_rate=0.4)
    assert not traces_disagree([of(0.9, 0.5)], threshold=0.8, base_rate=0.4)
    assert not traces_disagree([of(0.7, 0.1)], threshold=0.8, base_rate=0.4)
    # One person's flag and another's silence are no disagreement, nor is a trace that is alone.
    assert not traces_disagree([of(0.9, 0.9), of(0.1, 0.1), {Trace.BLENDING: 0.9}], 0.8, 0.4)
    assert not traces_disagree([{}], 0.8, 0.4)


def test_draws_have_their_probability_and_do_not_follow_each_other() -> None:
    ids = [str(uuid.UUID(int=number * 7919)) for number in range(100_000)]
    probability = SAMPLED_WITH[Reason.SAMPLED_NEGATIVE]
    first = {one for one in ids if drawn(one, "one", probability)}
    assert 850 < len(first) < 1150  # five standard deviations of 31
    assert first == {one for one in ids if drawn(one, "one", probability)}
    assert len(first & {one for one in ids if drawn(one, "another", probability)}) < 35


def _second(number: int, answer: Value, **how: object) -> bool:
    given = {"flagged": False, "leaves": False, "others": 1, **how}
    return is_read_twice(f"task {number}", answer, **given)  # type: ignore[arg-type]


def test_positives_that_leave_the_house_are_read_twice_and_a_tenth_of_the_rest() -> None:
    tasks = range(4000)
    assert all(_second(one, Value.MANIPULATED, leaves=True) for one in tasks)
    assert all(_second(one, Value.AUTHENTIC, leaves=True, flagged=True) for one in tasks)
    rest = [
        {one for one in tasks if _second(one, Value.AUTHENTIC, leaves=True)},
        {one for one in tasks if _second(one, Value.MANIPULATED)},
        # That reader and machine differ plays no part.
        {one for one in tasks if _second(one, Value.AUTHENTIC, flagged=True)},
    ]
    assert rest[0] == rest[1] == rest[2]
    assert 300 < len(rest[0]) < 500
    assert not any(_second(one, Value.MANIPULATED, leaves=True, others=0) for one in tasks)


def _read(round_: int, answer: Value, *kinds: Kind) -> Reading:
    return Reading(f"review {round_}", round_, answer, kinds)


def test_readers_who_agree_decide_and_a_lead_decides_where_they_differ() -> None:
    first = _read(1, Value.MANIPULATED, Kind.LIPSYNC, Kind.VOICE)
    assert decide([first]) == Decision(Value.MANIPULATED, Kind.LIPSYNC, Grade.SINGLE, ("review 1",))
    agreeing = _read(2, Value.MANIPULATED, Kind.VOICE)
    both = Decision(Value.MANIPULATED, Kind.VOICE, Grade.DOUBLE, ("review 1", "review 2"))
    assert decide([agreeing, first]) == both
    other = _read(2, Value.MANIPULATED, Kind.FACE_SWAP)
    assert decide([first, other]) == Decision(Value.MANIPULATED, None, Grade.DOUBLE, ("review 1", "review 2"))
    for answer in (Value.GENERATED, Value.AUTHENTIC, Value.UNKNOWN):
        assert decide([first, _read(2, answer)]) is None
    lead = _read(3, Value.AUTHENTIC)
    decided = decide([first, _read(2, Value.UNKNOWN), lead])
    assert decided == Decision(Value.AUTHENTIC, None, Grade.ADJUDICATED, ("review 1", "review 2", "review 3"))
    with pytest.raises(ValueError, match="stands on reviews"):
        decide([])
