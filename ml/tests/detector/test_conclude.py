"""From faces to the verdict: who decides, and what their number does to the score."""

from __future__ import annotations

import pytest

from detector.aggregate import AggregationRule, corrected
from detector.calibrate import Calibration, DecisionRule
from detector.conclude import Conclusion, FaceEvidence, Rules, conclude
from detector.contracts import CropSpec, MediaType, Reason, StepKind, Verdict

RULES = Rules(
    CropSpec(),
    AggregationRule(authentic_median=-2.0, authentic_spread=1.0),
    Calibration(slope=1.0, intercept=0.0, base_rate=0.5, files=100),
    DecisionRule(),
)


def concluded(*persons: tuple[float, int], kind: MediaType = "video", size_px: float = 120.0) -> Conclusion:
    """Conclude about persons of so many frames with one logit each."""
    frames = 1 if kind == "image" else 32
    faces = [[FaceEvidence(logit, size_px, 0.4, 0.99)] * count for logit, count in persons]
    return conclude(faces, frames, frames, kind, RULES)


def test_a_lone_person_has_no_correction_and_no_step_of_it() -> None:
    conclusion = concluded((3.0, 32))
    assert conclusion.logit == 3.0
    assert [step.kind for step in conclusion.steps][2:] == [
        StepKind.MOST_SUSPICIOUS_PERSON,
        StepKind.CALIBRATION,
    ]


def test_the_file_and_its_people_take_the_same_correction() -> None:
    conclusion = concluded((3.0, 32), (-2.0, 32), (1.0, 32))
    assert conclusion.logit == pytest.approx(corrected(3.0, 3, RULES.aggregation))
    kinds = [step.kind for step in conclusion.steps][-3:]
    assert kinds == [StepKind.MOST_SUSPICIOUS_PERSON, StepKind.NUMBER_OF_PEOPLE, StepKind.CALIBRATION]
    highest, number, calibration = conclusion.steps[-3:]
    assert number.inputs == (highest.output,)
    assert calibration.inputs == (number.output,) == (conclusion.logit,)
    first = conclusion.persons[0]
    assert first.logit == pytest.approx(3.0)
    assert first.decision.probability == conclusion.decision.probability


def test_a_crowd_is_flagged_only_by_a_score_that_is_rare_for_a_crowd() -> None:
    lone, crowd = concluded((1.0, 1), kind="image"), concluded(*[(-2.0, 1)] * 59, (1.0, 1), kind="image")
    assert lone.decision.verdict is Verdict.MANIPULATED
    assert crowd.decision.verdict is Verdict.NO_SIGNS
    assert concluded(*[(-2.0, 1)] * 59, (7.0, 1), kind="image").decision.verdict is Verdict.MANIPULATED


def test_somebody_seen_in_one_frame_is_shown_and_does_not_decide() -> None:
    conclusion = concluded((-3.0, 32), (60.0, 1))
    assert conclusion.decision.verdict is Verdict.NO_SIGNS
    assert conclusion.decision.person == "A"
    assert conclusion.logit == pytest.approx(-3.0), "nor do they count among the people"
    brief = conclusion.persons[1].decision
    assert brief.verdict is Verdict.INCONCLUSIVE
    assert brief.reasons[0] is Reason.TOO_FEW_FRAMES
    assert brief.reasons[-1] is Reason.SEEN_TOO_LITTLE
    assert Reason.SEEN_TOO_LITTLE not in conclusion.persons[0].decision.reasons


def test_where_everybody_is_seen_too_little_the_most_suspicious_is_followed() -> None:
    conclusion = concluded((1.0, 1), (2.0, 2))
    assert conclusion.decision.verdict is Verdict.INCONCLUSIVE
    assert conclusion.decision.person == "B"
    assert conclusion.decision.reasons[0] is Reason.TOO_FEW_FRAMES
